/** What was found on lines: for every rule the first line that breaks it, how many do, and how many could not be judged. */

import { compareIds, LINE_RULES, type LineRule, type SnapshotRule, type Violation } from './scan.js';

/** Plain data: crosses threads and goes into partials. */
export interface Findings {
  /** The first violation in the order of the file and, on one line, of judgement. */
  earliest: Violation | null;
  /** The first line that breaks a rule. */
  readonly first: { [Rule in SnapshotRule]?: Violation };
  /** How many lines break it. */
  readonly count: { [Rule in SnapshotRule]?: number };
  /** On how many lines it could not be judged. */
  readonly unjudged: { [Rule in SnapshotRule]?: number };
}

/** A line that has an id, with what a violation on it would say. */
export interface BorderLine extends Omit<Violation, 'rule'> {
  /** 32 bytes. */
  readonly id: Uint8Array;
}

export const noFindings = (): Findings => ({ earliest: null, first: {}, count: {}, unjudged: {} });

/** Notes `times` lines that break a rule, `violation` being the first. Called in the order of the file. */
export function note(findings: Findings, violation: Violation, times = 1): void {
  const { rule } = violation;
  findings.earliest ??= violation;
  findings.first[rule] ??= violation;
  findings.count[rule] = (findings.count[rule] ?? 0) + times;
}

/** Notes that a rule could not be judged on some lines. */
export function noteUnjudged(findings: Findings, rule: SnapshotRule, lines = 1): void {
  findings.unjudged[rule] = (findings.unjudged[rule] ?? 0) + lines;
}

/** Adds what was found further down in the file. */
export function addFindings(findings: Findings, further: Findings): void {
  findings.earliest ??= further.earliest;
  for (const [rule, violation] of Object.entries(further.first) as [SnapshotRule, Violation][]) {
    findings.first[rule] ??= violation;
    findings.count[rule] = (findings.count[rule] ?? 0) + (further.count[rule] ?? 1);
  }
  for (const [rule, lines] of Object.entries(further.unjudged) as [SnapshotRule, number][])
    noteUnjudged(findings, rule, lines);
}

/**
 * Compares neighbours across a border between two parts that were judged apart, and adds what it shows to the findings
 * of the second part.
 * @param before the last id of the part before
 * @param line the first line of this part that has an id
 */
export function judgeBorder(findings: Findings, before: Uint8Array, { id, ...place }: BorderLine): void {
  const order = compareIds(before, id);
  if (order < 0) return;
  const violation: Violation = { rule: order === 0 ? 'C6' : 'E_ORDER', ...place };
  const { earliest, first, count } = findings;
  if (earliest === null || isBefore(violation, earliest)) findings.earliest = violation;
  first[violation.rule] = violation;
  count[violation.rule] = (count[violation.rule] ?? 0) + 1;
}

const isBefore = (a: Violation, b: Violation): boolean =>
  a.row < b.row || (a.row === b.row && rank(a) < rank(b));

const rank = ({ rule }: Violation): number => LINE_RULES.indexOf(rule as LineRule);
