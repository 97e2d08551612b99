/**
 * The joint conditions of Proof-of-Balance-Sheet §3.3, step 3, over records in memory: every failure is named, not only
 * the first. Whole files go through the engine, which judges the same conditions row by row (docs/formats/snapshot.md).
 */

import { exactInteger, type Integer } from './exact.js';

export interface SnapshotRecord {
  readonly id: string;
  readonly total: Integer;
  readonly withdrawable: Integer;
  readonly request: Integer;
}

/** Amounts in one asset's smallest unit. Several assets are judged one by one, never as a mixed sum. */
export interface SnapshotClaim {
  readonly records: readonly SnapshotRecord[];
  /** Balance of the custody account at the snapshot's block. */
  readonly assets: Integer;
  readonly timestamp: Integer;
  readonly cid: string;
  readonly onChainTimestamp: Integer;
  readonly onChainCid: string;
}

export type ConditionName =
  | 'TOTAL_GE_0'
  | 'WITHDRAWABLE_GE_0'
  | 'REQUEST_GE_0'
  | 'WITHDRAWABLE_GE_REQUEST'
  | 'NO_DUPLICATES'
  | 'ASSETS_GE_LIABILITIES'
  | 'TIMESTAMP_CONSISTENT'
  | 'CID_CONSISTENT';

export interface ConditionFailure {
  readonly rule: ConditionName;
  /** The record that breaks it; null where all of them together do. */
  readonly id: string | null;
}

export interface SnapshotVerdict {
  readonly valid: boolean;
  readonly totalLiabilities: bigint;
  readonly totalRequests: bigint;
  /** Assets less liabilities; negative when the custodian owes more than there is. */
  readonly equity: bigint;
  /** In the order of the records, those of the whole last. */
  readonly failures: readonly ConditionFailure[];
  /** Ids whose withdrawable balance is above their total. The paper has no such condition; C4b of this project has. */
  readonly warnings: readonly string[];
}

/**
 * Judges a snapshot. Equality passes in every condition, and a snapshot without records is valid. A negative balance
 * does not help the sum: it fails by itself.
 * @throws usage NUMBER_INEXACT, NUMBER_SYNTAX
 */
export function checkSnapshot(claim: SnapshotClaim): SnapshotVerdict {
  const failures: ConditionFailure[] = [];
  const warnings: string[] = [];
  const seen = new Set<string>();
  let totalLiabilities = 0n;
  let totalRequests = 0n;
  for (const { id, ...amounts } of claim.records) {
    const total = exactInteger(amounts.total, 'A total');
    const withdrawable = exactInteger(amounts.withdrawable, 'A withdrawable balance');
    const request = exactInteger(amounts.request, 'A request');
    const judge = (ok: boolean, rule: ConditionName) => {
      if (!ok) failures.push({ rule, id });
    };
    judge(total >= 0n, 'TOTAL_GE_0');
    judge(withdrawable >= 0n, 'WITHDRAWABLE_GE_0');
    judge(request >= 0n, 'REQUEST_GE_0');
    judge(withdrawable >= request, 'WITHDRAWABLE_GE_REQUEST');
    judge(!seen.has(id), 'NO_DUPLICATES');
    if (withdrawable > total) warnings.push(id);
    seen.add(id);
    totalLiabilities += total;
    totalRequests += request;
  }
  const equity = exactInteger(claim.assets, 'The custody account’s balance') - totalLiabilities;
  if (equity < 0n) failures.push({ rule: 'ASSETS_GE_LIABILITIES', id: null });
  const [here, onChain] = [claim.timestamp, claim.onChainTimestamp].map((at) =>
    exactInteger(at, 'A timestamp'),
  );
  if (here !== onChain) failures.push({ rule: 'TIMESTAMP_CONSISTENT', id: null });
  if (claim.cid !== claim.onChainCid) failures.push({ rule: 'CID_CONSISTENT', id: null });
  return { valid: failures.length === 0, totalLiabilities, totalRequests, equity, failures, warnings };
}
