/**
 * A view: what a person should see of a value, without a screen. Domains build views (`view.ts`), `src/render` draws
 * them as a terminal page, plain text or HTML. Nothing here knows a colour, a width or a terminal.
 */

/** What a piece of text means to the reader; the renderer decides how that looks. */
export type Tone = 'good' | 'warn' | 'bad' | 'muted' | 'strong';

export type Cell = string | { readonly text: string; readonly tone: Tone };

export interface Column {
  readonly header: string;
  /** Numbers are aligned right. Default left. */
  readonly align?: 'left' | 'right';
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
      readonly series: readonly { readonly name: string; readonly points: readonly number[] }[];
      readonly labels?: readonly string[];
    };

export interface View {
  readonly title?: string;
  readonly subtitle?: string;
  readonly blocks: readonly Block[];
}

export const cell = (text: string, tone: Tone): Cell => ({ text, tone });
