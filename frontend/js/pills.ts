// `{{ }}` as pills: one thing to the caret, deleted and copied whole, with a menu of its own.

import { EditorSelection, Prec, RangeSet, StateEffect, StateField, type EditorState, type Extension } from '@codemirror/state';
import { Decoration, Direction, EditorView, WidgetType, keymap, type DecorationSet } from '@codemirror/view';

import type { MappedHost, Span } from './host.ts';
import { coloured } from './raw.ts';

/** What the spans are worth has changed: other sample data, other names. */
export const refresh = StateEffect.define<null>();
/** Raw expressions in place of pills. */
export const setRaw = StateEffect.define<boolean>();

export interface Pills {
  raw: boolean;
  spans: Span[];
  shown: DecorationSet;
  /** What the caret steps over. */
  atoms: RangeSet<Decoration>;
}

class PillWidget extends WidgetType {
  constructor(private readonly host: MappedHost, readonly key: string) {
    super();
  }

  override eq(other: PillWidget): boolean {
    return other.key === this.key;
  }

  override toDOM(): HTMLElement {
    return this.host.pill(this.key);
  }

  override ignoreEvent(): boolean {
    return false;
  }
}

function draw(host: MappedHost, text: string, raw: boolean): Pills {
  const spans = JSON.parse(host.spans(text)) as Span[];
  if (raw) {
    return { raw, spans, shown: coloured(text, spans), atoms: RangeSet.empty };
  }
  const atoms = RangeSet.of(
    spans.map((span) => Decoration.replace({ widget: new PillWidget(host, span.key) }).range(span.from, span.to)),
  );
  return { raw, spans, shown: atoms, atoms };
}

export interface PillField {
  extension: Extension;
  of(state: EditorState): Pills;
}

export function pills(host: MappedHost): PillField {
  const field = StateField.define<Pills>({
    create: (state) => draw(host, state.doc.toString(), false),
    update: (before, change) => {
      let raw = before.raw;
      let again = change.docChanged;
      for (const effect of change.effects) {
        if (effect.is(setRaw)) raw = effect.value;
        again ||= effect.is(refresh) || effect.is(setRaw);
      }
      return again ? draw(host, change.newDoc.toString(), raw) : before;
    },
    provide: (field) => [
      EditorView.decorations.from(field, (pills) => pills.shown),
      EditorView.atomicRanges.of((view) => view.state.field(field).atoms),
    ],
  });
  const of = (state: EditorState): Pills => state.field(field);

  /** The pill that is selected as a whole. */
  const selected = (state: EditorState): Span | undefined => {
    const { from, to } = state.selection.main;
    const { raw, spans } = of(state);
    return raw ? undefined : spans.find((span) => span.from === from && span.to === to);
  };

  const open = (view: EditorView, span: Span): void => {
    const box = view.coordsAtPos(span.from, 1);
    const end = view.coordsAtPos(span.to, -1);
    const element = pillElement(view, span);
    const rect = element?.getBoundingClientRect() ?? new DOMRect(box?.left, box?.top, (end?.right ?? 0) - (box?.left ?? 0), 20);
    host.open(span.from, span.to, rect);
  };

  const step = (view: EditorView, left: boolean): boolean => {
    const { main } = view.state.selection;
    const { raw, spans } = of(view.state);
    if (raw || !main.empty) return false;
    const forward = left === (view.textDirectionAt(main.head) === Direction.RTL);
    const span = spans.find((span) => (forward ? span.from : span.to) === main.head);
    if (!span) return false;
    const [anchor, head] = forward ? [span.from, span.to] : [span.to, span.from];
    view.dispatch({ selection: EditorSelection.range(anchor, head), scrollIntoView: true, userEvent: 'select' });
    return true;
  };

  const enter = (view: EditorView): boolean => {
    const span = selected(view.state);
    if (span) open(view, span);
    return span !== undefined;
  };

  const toggle = (view: EditorView): boolean => {
    view.dispatch({ effects: setRaw.of(!of(view.state).raw) });
    return true;
  };

  let reached = '';
  return {
    of,
    extension: [
      field,
      Prec.high(keymap.of([
        { key: 'ArrowLeft', run: (view) => step(view, true) },
        { key: 'ArrowRight', run: (view) => step(view, false) },
        { key: 'Enter', run: enter },
        { key: 'Alt-e', run: toggle, preventDefault: true },
      ])),
      EditorView.domEventHandlers({
        mousedown: (event, view) => {
          const element = (event.target as Element | null)?.closest?.('.pill');
          if (!element || event.button !== 0 || !view.contentDOM.contains(element)) return false;
          const at = view.posAtDOM(element);
          const span = of(view.state).spans.find((span) => span.from <= at && at <= span.to);
          if (!span) return false;
          event.preventDefault();
          view.focus();
          view.dispatch({ selection: EditorSelection.range(span.from, span.to) });
          open(view, span);
          return true;
        },
      }),
      EditorView.updateListener.of((update) => {
        if (!update.selectionSet && !update.docChanged) return;
        const { from, to } = update.state.selection.main;
        for (const element of update.view.contentDOM.querySelectorAll('.pill')) {
          const at = update.view.posAtDOM(element);
          element.classList.toggle('on', from <= at && at < to);
        }
        const key = selected(update.state)?.key ?? '';
        if (key !== reached) host.reached(key);
        reached = key;
      }),
    ],
  };
}

function pillElement(view: EditorView, span: Span): Element | undefined {
  return [...view.contentDOM.querySelectorAll('.pill')].find((element) => view.posAtDOM(element) === span.from);
}
