// What every editor has: plain keys, the workflow's undo, text that follows the page, attributes for screen readers.

import { standardKeymap } from '@codemirror/commands';
import { Annotation, EditorState, Prec, type Extension } from '@codemirror/state';
import { EditorView, keymap, placeholder } from '@codemirror/view';

import type { Host, Options } from './host.ts';

/** Marks changes that come from the page. */
const fromPage = Annotation.define<boolean>();

/** Undo and redo by their keys, also where Caps Lock turns the letters round or the letters are not Latin ones. */
function travels(event: KeyboardEvent, host: Host): boolean {
  if (!(event.ctrlKey || event.metaKey) || event.altKey) return false;
  const letter = /^[a-z]$/i.test(event.key) ? event.key.toLowerCase() : event.code.replace('Key', '').toLowerCase();
  if (letter !== 'z' && letter !== 'y') return false;
  event.preventDefault();
  if (letter === 'y' || event.shiftKey) host.redo();
  else host.undo();
  return true;
}

export class Editor {
  readonly view: EditorView;
  private attributes: Record<string, string> = {};

  constructor(parent: HTMLElement, host: Host, options: Options, extensions: Extension) {
    const own: Extension = [
      Prec.highest(EditorView.domEventHandlers({ keydown: (event) => travels(event, host) })),
      Prec.low(keymap.of([{ key: 'Escape', run: () => host.escape() }, ...standardKeymap])),
      EditorView.lineWrapping,
      EditorView.perLineTextDirection.of(true),
      EditorView.updateListener.of((update) => {
        const typed = update.transactions.some((one) => one.docChanged && !one.annotation(fromPage));
        if (typed) host.changed(update.state.doc.toString());
      }),
      // Menus and touch keyboards undo without a key.
      EditorView.domEventHandlers({
        beforeinput: (event) => {
          if (event.inputType !== 'historyUndo' && event.inputType !== 'historyRedo') return false;
          event.preventDefault();
          if (event.inputType === 'historyUndo') host.undo();
          else host.redo();
          return true;
        },
      }),
      EditorView.contentAttributes.of((view) => ({
        'aria-label': options.label,
        'data-text': view.state.doc.toString(),
        dir: 'auto',
        ...(options.fixed ? { 'aria-disabled': 'true', tabindex: '0' } : {}),
        ...this.attributes,
      })),
      options.placeholder ? placeholder(options.placeholder) : [],
      options.fixed ? [EditorState.readOnly.of(true), EditorView.editable.of(false)] : [],
    ];
    this.view = new EditorView({ parent, state: EditorState.create({ doc: options.text, extensions: [extensions, own] }) });
  }

  /** The text from elsewhere: an undo, a renamed step. The caret stays where it can. */
  setText(text: string): void {
    const before = this.view.state.doc.toString();
    if (before === text) return;
    let from = 0;
    while (from < before.length && before[from] === text[from]) from += 1;
    let tail = 0;
    const most = Math.min(before.length, text.length) - from;
    while (tail < most && before[before.length - 1 - tail] === text[text.length - 1 - tail]) tail += 1;
    this.view.dispatch({
      changes: { from, to: before.length - tail, insert: text.slice(from, text.length - tail) },
      annotations: fromPage.of(true),
    });
  }

  /** Sets an attribute of the text box, or takes it away. */
  attribute(name: string, value: string | null | undefined): void {
    if (value === null || value === undefined) delete this.attributes[name];
    else this.attributes[name] = value;
    this.view.dispatch({});
  }

  select(from: number, to: number): void {
    const length = this.view.state.doc.length;
    this.view.dispatch({ selection: { anchor: Math.min(from, length), head: Math.min(to, length) }, scrollIntoView: true });
  }

  focus(): void {
    this.view.focus();
  }

  /** Goes on with a press that began on what the editor has replaced: the caret, a drag, a double click, a pill. */
  press(event: MouseEvent): void {
    this.view.focus();
    const target = document.elementFromPoint(event.clientX, event.clientY);
    const inside = target && this.view.contentDOM.contains(target) ? target : this.view.contentDOM;
    const { clientX, clientY, button, detail, shiftKey, ctrlKey, metaKey, altKey } = event;
    const init = { bubbles: true, cancelable: true, view: window, clientX, clientY, button, buttons: 1, detail, shiftKey, ctrlKey, metaKey, altKey };
    inside.dispatchEvent(new MouseEvent('mousedown', init));
  }

  destroy(): void {
    this.view.destroy();
  }
}
