// JSON in a mapped field: colours, brackets, and a mark where it cannot be read.

import { insertNewlineAndIndent } from '@codemirror/commands';
import { json } from '@codemirror/lang-json';
import { bracketMatching, indentOnInput, syntaxHighlighting } from '@codemirror/language';
import { setDiagnostics } from '@codemirror/lint';
import { Prec, type Extension } from '@codemirror/state';
import { EditorView, keymap } from '@codemirror/view';
import { classHighlighter } from '@lezer/highlight';

export function language(): Extension {
  return [
    json(),
    bracketMatching(),
    indentOnInput(),
    syntaxHighlighting(classHighlighter),
    Prec.low(keymap.of([{ key: 'Enter', run: insertNewlineAndIndent }])),
  ];
}

/** Marks the place (line and column from 1) where the text stops being JSON; line 0: nowhere. */
export function mark(view: EditorView, line: number, column: number, message: string): void {
  const { doc } = view.state;
  if (line < 1 || line > doc.lines) {
    view.dispatch(setDiagnostics(view.state, []));
    return;
  }
  const place = doc.line(line);
  const to = Math.min(place.from + column, place.to);
  const from = Math.max(place.from, to - 1);
  view.dispatch(setDiagnostics(view.state, [{ from, to: Math.max(to, from), severity: 'error', message }]));
}
