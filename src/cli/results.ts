/**
 * The results of all commands by the names that `--json` prints. The compiler holds every command to its line here,
 * and the JSON Schemas in schemas/ are made from it.
 */

import type { TourResult } from '../../devnet/tourResult.js';
import type { ConfigChange } from '../config/edit.js';
import type { Origin } from '../config/types.js';
import type { ShownSetting } from '../config/view.js';
import type { Diagnosis } from '../lib/doctor/doctor.js';
import type { ExitCode } from '../lib/errors.js';
import type { KeyListReport, KeyReport } from '../lib/keys/view.js';
import type { PayoutsList } from '../lib/payouts/list.js';
import type { PayoutRun } from '../lib/payouts/run.js';
import type { PayoutVerification } from '../lib/payouts/verify.js';
import type { Plain, Planck } from '../lib/plain.js';
import type { CheckedProof } from '../lib/pofbs/checkProof.js';
import type { DiffResult } from '../lib/pofbs/diffResult.js';
import type { EpochExplanation } from '../lib/pofbs/explain.js';
import type { BuildResult } from '../lib/pofbs/files/buildEpoch.js';
import type { MapCheckResult } from '../lib/pofbs/files/checkMapping.js';
import type { ProveAllResult } from '../lib/pofbs/files/proveAll.js';
import type { ProveResult } from '../lib/pofbs/files/proveFiles.js';
import type { ShardResult } from '../lib/pofbs/files/shardFiles.js';
import type { CidResult } from '../lib/pofbs/files/verifyFiles.js';
import type { HistoryResult } from '../lib/pofbs/history.js';
import type { PrivacyResult } from '../lib/pofbs/privacy.js';
import type { PofbsVerify } from '../lib/pofbs/verify.js';
import type { StakeEffect } from '../lib/staking/plan.js';
import type { StakeStatus } from '../lib/staking/status.js';
import type { JournalRecord } from '../lib/tx/journal.js';
import type { Inspection, TxStatusResult } from '../lib/tx/lookup.js';
import type { Outcome } from '../lib/tx/outcome.js';
import type { Check, Deviation, PlannedCall } from '../lib/tx/plan.js';
import type { Wrap } from '../lib/tx/wrap.js';
import type { ExplainResult } from '../lib/validators/explainView.js';
import type { ScoreResult, ValidatorList } from '../lib/validators/list.js';
import type { SelectResult } from '../lib/validators/select.js';
import type { VerifyResult } from '../lib/validators/verify.js';
import type { WatchResult } from '../lib/validators/watchView.js';

/** A form that changes so that a program would have to change gets the next number. */
export interface Results {
  'completion/1': { readonly shell: 'bash' | 'zsh' | 'fish'; readonly script: string };
  'config.check/1': ConfigCheckResult;
  'config.path/1': ConfigPathResult;
  'config.set/1': ConfigChange;
  'config.show/1': Readonly<Record<string, ShownSetting>>;
  'devnet.advance/1': AdvanceResult;
  'devnet.fork/1': DevnetResult;
  'devnet.tour/1': TourResult;
  'devnet.up/1': DevnetResult;
  'doctor/1': Diagnosis;
  'keys.import/1': ImportedKeyResult;
  'keys.list/1': KeyListReport;
  'keys.new/1': NewKeyResult;
  'keys.show/1': KeyReport;
  'payouts.list/1': PayoutsList;
  'payouts.verify/1': PayoutVerification;
  'payouts.run/1': PayoutRun;
  'pofbs.build/1': BuildResult;
  'pofbs.check/1': CheckedProof;
  'pofbs.cid/1': CidResult;
  'pofbs.diff/1': DiffResult;
  'pofbs.explain/1': EpochExplanation;
  'pofbs.history/1': HistoryResult;
  'pofbs.map.check/1': MapCheckResult;
  'pofbs.privacy-lint/1': PrivacyResult;
  'pofbs.shard/1': ShardResult;
  'pofbs.verify/1': PofbsVerify;
  'pofbs.prove/1': ProveResult;
  'pofbs.prove.all/1': ProveAllResult;
  'stake.bond/1': SendResult<StakeEffect>;
  'stake.bond-extra/1': SendResult<StakeEffect>;
  'stake.chill/1': SendResult<StakeEffect>;
  'stake.nominate/1': SendResult<StakeEffect>;
  'stake.plan/1': SendResult<StakeEffect>;
  'stake.rebond/1': SendResult<StakeEffect>;
  'stake.set-controller/1': SendResult<StakeEffect>;
  'stake.set-payee/1': SendResult<StakeEffect>;
  'stake.status/1': StakeStatus;
  'stake.unbond/1': SendResult<StakeEffect>;
  'stake.withdraw/1': SendResult<StakeEffect>;
  'tx.earlier/1': EarlierResult;
  'tx.history/1': { readonly transactions: readonly JournalRecord[] };
  'tx.inspect/1': Inspection;
  'tx.status/1': TxStatusResult;
  'tx.submit/1': SendResult<null>;
  'validators.explain/1': ExplainResult;
  'validators.list/1': ValidatorList;
  'validators.score/1': ScoreResult;
  'validators.select/1': SelectResult;
  'validators.verify/1': VerifyResult;
  'validators.watch/1': WatchResult;
}

export type ResultName = keyof Results;

/** The results of the commands that send. */
export type SendName = {
  [Name in ResultName]: Results[Name] extends SendResult<unknown> ? Name : never;
}[ResultName];

/** What a sending command's plan says that it changes. */
export type EffectOf<Name extends SendName> = Results[Name] extends SendResult<infer Effect> ? Effect : never;

/** What every money-moving command prints. */
export interface SendResult<Effect> {
  readonly title: string;
  /** Whose balance and stake it is about. */
  readonly account: string;
  readonly signer: string;
  readonly wrap: Wrap;
  readonly calls: readonly PlannedCall[];
  readonly effect: Effect;
  /** Why there is nothing to do; null otherwise. */
  readonly idle: string | null;
  readonly checks: readonly Check[];
  /** Estimated fee with tip. */
  readonly fee: Planck | null;
  /** The encoded call that is (or would be) signed. */
  readonly call: { readonly hex: string; readonly hash: string } | null;
  readonly dryRun: boolean;
  readonly outcome: Outcome | null;
  /**
   * Where the chain's state after the transaction is not what `effect` says: empty if it is. Null when it was not
   * compared: nothing is in a block, it failed, the effect is not known, or the state could not be read.
   */
  readonly deviations: readonly Deviation[] | null;
}

/** In place of a sending command's own result: an earlier run had sent the same, and nothing was sent now. */
export interface EarlierResult {
  /** The result that the command would have had: `stake.bond/1`. */
  readonly command: string;
  /** When it was sent, ISO 8601. */
  readonly at: string;
  readonly title: string;
  readonly signer: string;
  readonly outcome: Outcome;
  /** The key of `--once` that was given. */
  readonly once: string | null;
}

export interface ConfigCheckResult {
  readonly path: string;
  /** Whether there is such a file; it need not exist. */
  readonly present: boolean;
  readonly network: string;
  readonly warnings: readonly string[];
}

export interface ConfigPathResult {
  readonly path: string;
  readonly present: boolean;
  /** What named the path. */
  readonly origin: Origin;
}

/** A key that was made. The mnemonic is never part of a result. */
export interface NewKeyResult extends KeyReport {
  /** The file that the mnemonic was written to, if it was. */
  readonly mnemonicFile?: string;
}

/** A key that was brought. */
export interface ImportedKeyResult extends KeyReport {
  /** It derives from the public development phrase: everybody has it. */
  readonly development: boolean;
  /** The secret URI had a password behind a raw seed, where it changes nothing. */
  readonly passwordIgnored: boolean;
}

/** What `devnet up` and `devnet fork` print when the chain answers. */
export interface DevnetResult {
  readonly url: string;
  readonly genesisHash: string;
  /** Of the chain's head when it began to listen. */
  readonly block: number;
  readonly accounts: readonly { readonly name: string; readonly address: string; readonly about: string }[];
  /** To be named with --config; null for a fork. */
  readonly configFile: string | null;
}

export interface AdvanceResult {
  readonly endpoint: string;
  readonly block: number;
  /** The active era; null on a chain without staking. */
  readonly era: number | null;
}

/** What stands under `error` when a command fails, beside the result if there is one. */
export interface ErrorObject {
  /** Stable name, upper snake case. */
  readonly code: string;
  readonly message: string;
  /** What to do about it. */
  readonly hint: string | null;
  /** The process's exit code. */
  readonly exit: Exclude<ExitCode, 0 | 3>;
  readonly details: Plain;
}
