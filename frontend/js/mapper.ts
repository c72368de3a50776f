// A mapped field while somebody is in it. Elsewhere it is plain HTML that looks the same.

import type { Extension } from '@codemirror/state';

import { Editor } from './base.ts';
import type { MappedHost, Options } from './host.ts';
import { pills, refresh, setRaw, type PillField } from './pills.ts';
import { endQuery, queries, type QueryField } from './query.ts';

class MappedEditor extends Editor {
  constructor(
    parent: HTMLElement,
    host: MappedHost,
    options: Options,
    pills: PillField,
    private readonly queries: QueryField,
    language: Extension,
  ) {
    super(parent, host, options, [queries.extension, pills.extension, language]);
  }

  /** Puts text where the caret is, or in place of what was typed to look for it. */
  insert(text: string): void {
    const { from, to } = this.queries.range(this.view.state) ?? this.view.state.selection.main;
    this.replace(from, to, text);
  }

  /** Where the caret is, or the end of what was typed to look for data. */
  replace(from: number, to: number, text: string): void {
    this.view.dispatch({
      changes: { from, to, insert: text },
      selection: { anchor: from + text.length },
      effects: endQuery.of(null),
      scrollIntoView: true,
      userEvent: 'input.complete',
    });
  }

  /** Forgets what was typed to look for data; it stays as text. */
  endQuery(): void {
    this.view.dispatch({ effects: endQuery.of(null) });
  }

  /** Asks again what the `{{ }}` are worth. */
  refresh(): void {
    this.view.dispatch({ effects: refresh.of(null) });
  }

  /** Whether expressions are shown in place of pills. */
  set raw(on: boolean) {
    this.view.dispatch({ effects: setRaw.of(on) });
  }

  /** Puts text where the pointer is. */
  drop(text: string, x: number, y: number): void {
    const at = this.view.posAtCoords({ x, y }, false);
    this.replace(at, at, text);
  }
}

/** `language`: of fields that hold JSON, as the module for that made it. */
export function mount(parent: HTMLElement, host: MappedHost, options: Options, language?: Extension): MappedEditor {
  const shown = pills(host);
  const isPill = (state: Parameters<typeof shown.of>[0], at: number): boolean =>
    shown.of(state).spans.some((span) => span.from < at && at < span.to);
  // A slash means a slash in JSON.
  const asked = queries(host, language === undefined, isPill);
  return new MappedEditor(parent, host, options, shown, asked, language ?? []);
}
