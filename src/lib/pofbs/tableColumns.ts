/** Which column of a table stands under which name in a custodian's own file. */

import { usageError } from '../errors.js';
import { quoteReadable } from '../numeric/text.js';

/** What stands for a column of the file that is passed over. */
const IGNORED = 'ignore';

/** The names that columns have in a file. */
export interface ColumnNames {
  /** By the file's name the table's; null: the column is passed over. */
  readonly byHeader: ReadonlyMap<string, string | null>;
}

/**
 * Reads `wallet=account,total=balance,ignore=email`.
 * @param known the table's columns
 * @throws usage COLUMNS, with everything that is wrong
 */
export function parseColumns(text: string, known: readonly string[]): ColumnNames {
  const byHeader = new Map<string, string | null>();
  const wrong: string[] = [];
  const taken = new Set<string>();
  for (const part of text.split(',')) {
    const at = part.indexOf('=');
    const [column, header] = [part.slice(0, at).trim(), part.slice(at + 1).trim()];
    const shown = quoteReadable(part, 60);
    if (at === -1 || header === '') wrong.push(`${shown} is not COLUMN=NAME`);
    else if (column !== IGNORED && !known.includes(column))
      wrong.push(`${shown}: there is no column ${quoteReadable(column, 40)}`);
    else if (taken.has(column)) wrong.push(`${shown}: ${column} is given twice`);
    else if (byHeader.has(header)) wrong.push(`${shown}: ${quoteReadable(header, 40)} is used twice`);
    else {
      byHeader.set(header, column === IGNORED ? null : column);
      if (column !== IGNORED) taken.add(column);
    }
  }
  if (wrong.length === 0) return { byHeader };
  throw usageError('COLUMNS', `--columns is wrong: ${wrong.join('; ')}.`, {
    hint: `Columns are ${known.join(', ')}; ${IGNORED}=NAME passes over a column of the file.`,
  });
}

/** Where the columns of a table are in a file. */
export class ColumnFinder {
  readonly #byHeader: ReadonlyMap<string, string | null>;
  readonly #renamed: ReadonlySet<string | null>;

  constructor(
    readonly columns: readonly string[],
    names: ColumnNames | null,
  ) {
    this.#byHeader = names?.byHeader ?? new Map();
    this.#renamed = new Set(this.#byHeader.values());
  }

  /** The place of a column among the table's; their number for one that is passed over, −1 for one that is not known. */
  placeOf(name: string): number {
    const column = this.#byHeader.get(name);
    if (column === null) return this.columns.length;
    if (column !== undefined) return this.columns.indexOf(column);
    return this.#renamed.has(name) ? -1 : this.columns.indexOf(name);
  }

  /** A column as the user looks for it: `"total" (as "balance")`. */
  shown(column: string): string {
    const header = [...this.#byHeader].find(([, own]) => own === column)?.[0];
    return header === undefined ? `"${column}"` : `"${column}" (as ${quoteReadable(header, 40)})`;
  }

  /** Names that were given, and are in no header. */
  missing(headers: readonly string[]): string[] {
    return [...this.#byHeader.keys()].filter((name) => !headers.includes(name));
  }
}
