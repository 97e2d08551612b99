/**
 * A view: what a person should see of a value, without a screen. Domains build views (`view.ts`), `src/render` draws
 * them as a terminal page, plain text or HTML. Nothing here knows a colour, a width or a terminal.
 */

/** What a piece of text means to the reader; the renderer decides how that looks. */
export type Tone = 'good' | 'warn' | 'bad' | 'muted' | 'strong';

/** A number that may be missing: null, and whatever is not finite, is drawn as a gap. */
export type Point = number | null;

/** What a row is sorted by; a text of digits is a number too. */
export type SortKey = number | bigint | string;

/**
 * Text, text with a meaning, or a series of numbers as one small picture, with `text` beside it. `sort` is for what the
 * text does not say exactly: the planck of a rounded amount, the time of a date in words.
 */
export type Cell =
  | string
  | { readonly text: string; readonly tone?: Tone; readonly sort?: SortKey }
  | {
      readonly spark: readonly Point[];
      readonly text?: string;
      readonly sort?: SortKey;
      /** The top of the picture, for rows that are compared with each other. Default its own greatest point. */
      readonly high?: number;
    };

export interface Column {
  readonly header: string;
  /** Numbers are aligned right. Default left. */
  readonly align?: 'left' | 'right';
  /** How a reader may sort by it, where the medium allows it. Default: numbers if aligned right, otherwise text. */
  readonly sort?: 'number' | 'text' | 'none';
}

export interface TreeNode {
  readonly text: string;
  readonly tone?: Tone;
  readonly children?: readonly TreeNode[];
}

export type Block =
  | { readonly kind: 'heading'; readonly text: string }
  | { readonly kind: 'paragraph'; readonly text: string }
  | {
      readonly kind: 'keyValues';
      readonly rows: readonly { readonly key: string; readonly value: Cell; readonly note?: string }[];
    }
  | {
      readonly kind: 'table';
      readonly columns: readonly Column[];
      readonly rows: readonly (readonly Cell[])[];
      readonly footer?: readonly Cell[];
    }
  | {
      readonly kind: 'checks';
      readonly rows: readonly {
        readonly ok: boolean | 'warn';
        readonly title: string;
        readonly detail?: string;
        readonly remedy?: string;
      }[];
    }
  | { readonly kind: 'note'; readonly tone: Tone; readonly text: string }
  | { readonly kind: 'tree'; readonly root: TreeNode }
  | { readonly kind: 'list'; readonly items: readonly Cell[] }
  | { readonly kind: 'code'; readonly text: string }
  | {
      readonly kind: 'chart';
      readonly title: string;
      readonly unit?: string;
      /** `line`: values along a sequence, such as eras. `bar`: values beside one another, measured from 0. Default line. */
      readonly style?: 'line' | 'bar';
      /** Lines are measured from 0 as well: for series that are compared in size. Default from the lowest point. */
      readonly from?: 'zero';
      readonly series: readonly { readonly name: string; readonly points: readonly Point[] }[];
      /** One for every point, or only those of the first and the last. */
      readonly labels?: readonly string[];
    };

export interface View {
  readonly title?: string;
  readonly subtitle?: string;
  readonly blocks: readonly Block[];
}

export const cell = (text: string, tone: Tone): Cell => ({ text, tone });

/** Text that is sorted by something else than what it says. */
export const keyed = (text: string, sort: SortKey, tone?: Tone): Cell =>
  tone === undefined ? { text, sort } : { text, sort, tone };

/** A series of numbers as a small picture. @param high the top of all pictures that are compared with this one */
export const spark = (points: readonly Point[], text?: string, high?: number): Cell => ({
  spark: points,
  ...(text === undefined ? {} : { text }),
  ...(high === undefined ? {} : { high }),
});
