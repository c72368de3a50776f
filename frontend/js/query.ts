// `{{`, or `/` at the start or after a space: what is typed behind it is looked for among the data, until something is chosen.

import { Prec, StateEffect, StateField, type EditorState, type Extension, type Transaction } from '@codemirror/state';
import { EditorView, keymap } from '@codemirror/view';

import type { MappedHost } from './host.ts';

/** Longer than any name: whoever writes on means text. */
const LONGEST = 60;

interface Query {
  /** Where `{{` or `/` begins. */
  from: number;
  /** Its length. */
  mark: number;
}

export const endQuery = StateEffect.define<null>();

export interface QueryField {
  extension: Extension;
  /** What a choice takes the place of, where there is a query. */
  range(state: EditorState): { from: number; to: number } | null;
}

/** `slash`: whether `/` asks as well as `{{`. `isPill`: whether a position lies in a whole `{{ }}`. */
export function queries(host: MappedHost, slash: boolean, isPill: (state: EditorState, at: number) => boolean): QueryField {
  const field = StateField.define<Query | null>({
    create: () => null,
    update: (before, change) => {
      if (change.effects.some((effect) => effect.is(endQuery))) return null;
      const begun = change.docChanged ? begins(change, slash) : null;
      if (begun) return begun;
      if (!before) return null;
      const from = change.changes.mapPos(before.from, 1);
      return goesOn(change.state, { ...before, from }, isPill) ? { ...before, from } : null;
    },
  });
  const typed = (state: EditorState): string | null => {
    const query = state.field(field);
    return query && state.sliceDoc(query.from + query.mark, state.selection.main.head).trimStart();
  };
  const key = (name: string) => ({
    key: name,
    run: (view: EditorView): boolean => view.state.field(field) !== null && host.pick(name),
  });
  return {
    range: (state) => {
      const query = state.field(field);
      return query && { from: query.from, to: state.selection.main.head };
    },
    extension: [
      field,
      Prec.highest(keymap.of([
        ...['ArrowDown', 'ArrowUp', 'Enter'].map(key),
        {
          key: 'Escape',
          run: (view) => {
            if (!view.state.field(field)) return false;
            view.dispatch({ effects: endQuery.of(null) });
            return host.escape();
          },
        },
        { key: 'Ctrl-Space', run: () => (host.search(), true) },
        { key: 'Alt-ArrowDown', run: () => (host.search(), true) },
        { key: 'ArrowDown', run: (view) => view.state.doc.length === 0 && (host.search(), true) },
      ])),
      EditorView.updateListener.of((update) => {
        const [before, now] = [typed(update.startState), typed(update.state)];
        if (before !== now) host.query(now);
      }),
    ],
  };
}

/** The query that one typed character begins. */
function begins(change: Transaction, slash: boolean): Query | null {
  if (!change.isUserEvent('input.type')) return null;
  let inserted = '';
  change.changes.iterChanges((_a, _b, _c, _d, text) => (inserted += text.toString()));
  const { head } = change.newSelection.main;
  const before = change.newDoc.sliceString(Math.max(0, head - 2), head);
  if (inserted === '{' && before === '{{') return { from: head - 2, mark: 2 };
  if (slash && inserted === '/' && (before === '/' || /^\s\/$/.test(before))) return { from: head - 1, mark: 1 };
  return null;
}

function goesOn(state: EditorState, query: Query, isPill: (state: EditorState, at: number) => boolean): boolean {
  const { head, empty } = state.selection.main;
  const start = query.from + query.mark;
  if (!empty || head < start || head - start > LONGEST) return false;
  const mark = state.sliceDoc(query.from, start);
  const text = state.sliceDoc(start, head);
  return (mark === '{{' || mark === '/') && !text.includes('\n') && !isPill(state, start);
}
