// What an editor asks of the page around it, and what the page asks of an editor. Both sides speak in plain texts and UTF-16
// positions, so that the page (Rust) needs to know nothing of CodeMirror.

/** A `{{ }}` of the text. */
export interface Span {
  from: number;
  to: number;
  /** Changes whenever what is shown for it does. */
  key: string;
  /** Why it gives nothing; empty where it gives something. */
  wrong: string;
}

/** Every editor's page. */
export interface Host {
  /** Somebody typed. */
  changed(text: string): void;
  /** Undo and redo are the workflow's. */
  undo(): void;
  redo(): void;
  /** Escape, where nothing in the editor wanted it. Whether the page did. */
  escape(): boolean;
}

/** The page of a mapped field. */
export interface MappedHost extends Host {
  /** The `{{ }}` of a text, as JSON. */
  spans(text: string): string;
  /** What is shown for a span, by its key. */
  pill(key: string): HTMLElement;
  /** A pill was chosen: its menu opens beside `box`. */
  open(from: number, to: number, box: DOMRect): void;
  /** A pill is under the caret as a whole, for screen readers; empty: none. */
  reached(key: string): void;
  /** What stands behind `{{` or `/`; none when that has ended. */
  query(text: string | null): void;
  /** A key while there is a query. Whether the page took it. */
  pick(key: string): boolean;
  /** To the search among the data. */
  search(): void;
}

export interface Options {
  text: string;
  label: string;
  placeholder: string;
  /** Not empty: the text can be read and copied, not changed. */
  fixed?: string;
}
