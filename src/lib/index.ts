/**
 * The library, for other programs: docs/library.md. It prints nothing, asks nobody and reads no configuration.
 * polkadot code is loaded when a chain is connected to or a key is used, not by importing this.
 */

export { type ConnectOptions, connect, type OpenChain } from './chain/connect.js';
export { type StakingKind, stakingKind } from './chain/features.js';
export type {
  Chain,
  ChainIdentity,
  EncodedCall,
  ReferenceBlock,
  StorageQuery,
  Token,
} from './chain/types.js';
export { BursarError, EXIT, type ExitCode } from './errors.js';
export * as feeAdjustment from './fees/adjustment.js';
export * as fees from './fees/fee.js';
export { type Account, encodeSs58, parseAddress, resolveAccount, resolveAccounts } from './keys/addresses.js';
export { createKey, importKey, mnemonicToFile } from './keys/create.js';
export { findKey, type KeyEntry, type Keystore, listKeys, loadKey, saveKey } from './keys/keystore.js';
export { KEY_TYPES, type KeyType } from './keys/pairs.js';
export { type PassphraseSource, withPassphrase } from './keys/passphrase.js';
export { type SigningKey, unlock } from './keys/signer.js';
export { type Denomination, formatAmount, parseAmount, parsePlanck } from './numeric/amount.js';
export { FixedU128 } from './numeric/fixed.js';
export { mulDiv, type Rounding } from './numeric/integer.js';
export { Perbill, Percent, Permill, Perquintill } from './numeric/perthing.js';
export { type PalletRules, palletRules } from './pallets/staking/rules.js';
export { type Plain, type Planck, toCanonicalJson, toJson } from './plain.js';
export { readStakingFacts, type StakingQuery } from './staking/facts.js';
export type { Ledger, UnlockChunk } from './staking/ledger.js';
export { observeStake, stakeDeviations } from './staking/observe.js';
export { parsePayee } from './staking/payee.js';
export {
  planBond,
  planBondExtra,
  planChill,
  planNominate,
  planRebond,
  planSetController,
  planSetPayee,
  planTo,
  planUnbond,
  planWithdraw,
  type StakeEffect,
  type StakePlan,
} from './staking/plan.js';
export { simulateLedger } from './staking/simulate.js';
export { type AccountStatus, type Advice, type StakeStatus, stakeStatus } from './staking/status.js';
export {
  type AccountFacts,
  controlledStash,
  type Payee,
  type StakeState,
  type StakingFacts,
  type StakingRules,
  type StashFacts,
  stashFacts,
  type TargetFacts,
} from './staking/types.js';
export { stakePlanView, stakeStatusView } from './staking/view.js';
export { execute, outcomeError, type Rehearsal, rehearse } from './tx/execute.js';
export type { TxSigner } from './tx/extrinsic.js';
export { follow } from './tx/follow.js';
export { Journal, type JournalEntry, type JournalRecord } from './tx/journal.js';
export { type Inspection, inspect, status as transactionStatus, type TxStatusResult } from './tx/lookup.js';
export { type MultisigAccount, multisigAddress } from './tx/multisigAddress.js';
export type { TxOptions } from './tx/options.js';
export type {
  Broadcast,
  ChainEvent,
  DispatchFailure,
  Expired,
  Included,
  Outcome,
  OutcomeNode,
  Pending,
  Verdict,
} from './tx/outcome.js';
export type { Check, Deviation, Plan, PlannedCall, RuntimeCall } from './tx/plan.js';
export { assertChecks, failedCheckError } from './tx/preflight.js';
export { type SendEnd, type SendIo, sendPlan, type UnlockedSigner } from './tx/send.js';
export { doneOnce, type Settled, settleEarlier, told, untold } from './tx/settle.js';
export { submissionPlan } from './tx/submission.js';
export { type Wrap, wrapCalls } from './tx/wrap.js';
export { chooseTargets, type Rules as SelectionRules } from './validators/choose.js';
export { explain as explainValidator } from './validators/explain.js';
export { type FactsQuery, readFacts as readValidatorFacts } from './validators/facts.js';
export { type Method as ScoringMethod, type Ranking, rank as rankValidators } from './validators/ranking.js';
export { FORMULAS, score as validatorScore, type Weights } from './validators/score.js';
export { type Selection, selectValidators } from './validators/selection.js';
export {
  decodeSnapshot,
  encodeSnapshot,
  makeSnapshot,
  replay as replaySnapshot,
} from './validators/snapshot.js';
export type { Facts as ValidatorFacts } from './validators/types.js';
export { operatorsFrom } from './validators/whoRuns.js';
export type { Block, Cell, TreeNode, View } from './view.js';
