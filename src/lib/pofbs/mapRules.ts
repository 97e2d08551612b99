/** The rules that a mapping is held to, and what was found (docs/formats/mapping.md). */

export type MappingRule =
  | 'M_FORM'
  | 'M_ORDER'
  | 'M_WALLET'
  | 'M_UNIQUE'
  | 'M_OPENING'
  | 'M_SNAPSHOT'
  | 'M_ROWS'
  | 'R_FILE'
  | 'R_REQUEST_LIST';

/** What each rule says when it holds, in the order in which they are told. */
export const MAPPING_RULES: { readonly [Rule in MappingRule]: string } = {
  M_FORM: 'The mapping has its one form: a header, then lines of id, wallet and salt.',
  M_ORDER: 'The rows of the mapping ascend by id, and no id occurs twice.',
  M_WALLET: 'Every wallet is written in one way: 0x and 64 lower-case digits.',
  M_UNIQUE: 'No wallet occurs twice.',
  M_OPENING: 'Every id follows from its wallet and salt, for this chain, custody account and epoch.',
  M_SNAPSHOT: 'The snapshots keep the rules of form and order.',
  M_ROWS: 'The mapping has the ids of the snapshots: all of them, and no others.',
  R_FILE: 'Length and SHA-256 of the snapshots are those of the manifest.',
  R_REQUEST_LIST: 'The requests of the snapshots are those on chain.',
};

export type Answer = 'TRUE' | 'FALSE' | 'NOT CHECKED';

/** Where a rule is broken. Wallets and salts are never part of it: they are the users' secrets. */
export interface MappingFault {
  /** `mapping`, `requests`, or the name of a snapshot. */
  readonly file: string;
  readonly line: number | null;
  /** First byte of the line, counted in the plain file. */
  readonly offset: number | null;
  /** 64 digits; null where no single id is concerned. */
  readonly id: string | null;
  /** Goes on from `line 7 of the mapping`: `has the wallet of line 3`. */
  readonly why: string;
}

export interface MappingVerdict {
  readonly rule: MappingRule;
  readonly says: string;
  readonly answer: Answer;
  /** Why it was not checked; null otherwise. */
  readonly reason: string | null;
  /** The fault that comes first in its file; null if there is none. */
  readonly first: MappingFault | null;
  /** How many faults were found. */
  readonly count: number;
}

/** Why a rule was not judged. `absent`: what it needs was not given, which is no failure. */
export interface Unjudged {
  readonly reason: string;
  readonly absent: boolean;
}

export class MappingFaults {
  readonly #found = new Map<MappingRule, { first: MappingFault; count: number }>();

  note(rule: MappingRule, fault: MappingFault): void {
    const known = this.#found.get(rule);
    if (known === undefined) {
      this.#found.set(rule, { first: fault, count: 1 });
      return;
    }
    known.count++;
    // Sorted comparisons find faults in another order than that of the file.
    if (fault.file === known.first.file && (fault.line ?? 0) < (known.first.line ?? 0)) known.first = fault;
  }

  /** Takes back what was found for a rule: it turned out that nothing can be said of it. */
  forget(rule: MappingRule): void {
    this.#found.delete(rule);
  }

  /**
   * A rule with a fault is FALSE; one that could not be judged everywhere is NOT CHECKED, whatever the rest showed.
   * @returns the verdicts, and whether all rules that were asked for are TRUE
   */
  judge(unjudged: { readonly [Rule in MappingRule]?: Unjudged | null }): {
    readonly valid: boolean;
    readonly verdicts: readonly MappingVerdict[];
  } {
    let valid = true;
    const verdicts = (Object.keys(MAPPING_RULES) as MappingRule[]).map((rule): MappingVerdict => {
      const fault = this.#found.get(rule);
      const open = fault === undefined ? (unjudged[rule] ?? null) : null;
      if (fault !== undefined || open?.absent === false) valid = false;
      return {
        rule,
        says: MAPPING_RULES[rule],
        answer: fault !== undefined ? 'FALSE' : open !== null ? 'NOT CHECKED' : 'TRUE',
        reason: open?.reason ?? null,
        first: fault?.first ?? null,
        count: fault?.count ?? 0,
      };
    });
    return { valid, verdicts };
  }
}
