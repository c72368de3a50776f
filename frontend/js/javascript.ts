// JavaScript with colours, and with marks where it cannot be read or where the last test stopped.

import { indentWithTab, insertNewlineAndIndent } from '@codemirror/commands';
import { javascript } from '@codemirror/lang-javascript';
import { bracketMatching, ensureSyntaxTree, indentOnInput, syntaxHighlighting, syntaxTree } from '@codemirror/language';
import { forceLinting, lintGutter, linter, type Diagnostic } from '@codemirror/lint';
import { Prec, StateEffect } from '@codemirror/state';
import { EditorView, keymap, lineNumbers } from '@codemirror/view';
import { classHighlighter } from '@lezer/highlight';

import { Editor } from './base.ts';
import type { Host, Options } from './host.ts';

/** More marks than anybody reads. */
const MOST = 20;
/** The page may stand still for so long while code is read for its marks. */
const READING_MS = 100;
/** The marks are to be looked for again, though the code is the same. */
const again = StateEffect.define<null>();

export interface CodeHost extends Host {
  /** The first line (from 1) that cannot be read; 0: all can. */
  unreadable(line: number): void;
}

export interface CodeOptions extends Options {
  /** What is said of a place that cannot be read. */
  unreadable: string;
}

class CodeEditor extends Editor {
  private stopped: { line: number; message: string } | null = null;

  constructor(parent: HTMLElement, host: CodeHost, options: CodeOptions) {
    super(parent, host, options, [
      javascript(),
      lineNumbers(),
      lintGutter(),
      bracketMatching(),
      indentOnInput(),
      syntaxHighlighting(classHighlighter),
      linter((view) => this.marks(view, host, options.unreadable), {
        delay: 250,
        needsRefresh: (update) =>
          syntaxTree(update.startState) !== syntaxTree(update.state) ||
          update.transactions.some((one) => one.effects.some((effect) => effect.is(again))),
      }),
      Prec.high(keymap.of([{ key: 'Enter', run: insertNewlineAndIndent }])),
      // Tab goes on to the next field, as everywhere; indenting has Ctrl or Cmd and a bracket.
      keymap.of([{ key: 'Mod-]', run: (view) => indentWithTab.run?.(view) ?? false }, { key: 'Mod-[', run: (view) => indentWithTab.shift?.(view) ?? false }]),
    ]);
  }

  private marks(view: EditorView, host: CodeHost, unreadable: string): Diagnostic[] {
    const { doc } = view.state;
    const found: Diagnostic[] = [];
    // Where reading has not come to the end, its last place looks like an error: the marks come with the rest of the tree.
    const tree = ensureSyntaxTree(view.state, doc.length, READING_MS);
    tree?.cursor().iterate((node) => {
      if (!node.type.isError || found.length >= MOST) return;
      // An error without width is something missing: the letter before it is marked.
      const from = Math.max(0, node.from === node.to ? node.from - 1 : node.from);
      const last = found.at(-1);
      if (last && last.to >= from) return;
      found.push({ from, to: Math.max(node.to, Math.min(from + 1, doc.length)), severity: 'error', message: unreadable });
    });
    const first = found[0];
    host.unreadable(first ? doc.lineAt(first.from).number : 0);
    if (this.stopped && this.stopped.line <= doc.lines) {
      const line = doc.line(this.stopped.line);
      found.push({ from: line.from, to: line.to, severity: 'error', message: this.stopped.message });
    }
    return found;
  }

  /** The line (from 1) at which the last test stopped; 0: none. */
  stoppedAt(line: number, message: string): void {
    this.stopped = line > 0 ? { line, message } : null;
    this.view.dispatch({ effects: again.of(null) });
    // Not after the pause that typing has.
    forceLinting(this.view);
  }
}

export function mount(parent: HTMLElement, host: CodeHost, options: CodeOptions): CodeEditor {
  return new CodeEditor(parent, host, options);
}
