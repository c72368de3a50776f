// The colours of raw expressions. What is wrong is underlined as a whole: the words for it stand under the field.

import { RangeSetBuilder } from '@codemirror/state';
import { Decoration, type DecorationSet } from '@codemirror/view';

import type { Span } from './host.ts';

/** What a piece of an expression is, by the first group that matches. */
const PIECES = /("(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.)*'?)|(\b\d+(?:\.\d+)?\b)|(\b(?:and|or|not|if|else|is|in|true|false|none|null)\b)|(\|\s*[A-Za-z_]\w*)|([A-Za-z_]\w*)|([+\-*/%~<>=!]+)/g;
const KINDS = ['text', 'number', 'word', 'filter', 'name', 'sign'] as const;

const MARKS = Object.fromEntries(KINDS.map((kind) => [kind, Decoration.mark({ class: `raw-${kind}` })])) as Record<(typeof KINDS)[number], Decoration>;

export function coloured(text: string, spans: Span[]): DecorationSet {
  const marks = new RangeSetBuilder<Decoration>();
  for (const { from, to, wrong } of spans) {
    const whole = wrong
      ? Decoration.mark({ class: 'raw wrong', attributes: { 'data-tip': wrong } })
      : Decoration.mark({ class: 'raw' });
    marks.add(from, to, whole);
    const inner = text.slice(from + 2, to - 2);
    for (const piece of inner.matchAll(PIECES)) {
      const kind = KINDS.find((_, index) => piece[index + 1] !== undefined);
      const at = from + 2 + piece.index;
      if (kind) marks.add(at, at + piece[0].length, MARKS[kind]);
    }
  }
  return marks.finish();
}
