/** The nomination workflow for a person: statuses, plans, ledgers. Values in, blocks out; no screen. */

import { formatAmount } from '../numeric/amount.js';
import { formatDuration } from '../numeric/duration.js';
import { Perbill } from '../numeric/perthing.js';
import type { Planck } from '../plain.js';
import { type Block, type Cell, cell, type View } from '../view.js';
import type { Ledger } from './ledger.js';
import type { StakePlan } from './plan.js';
import { countingEra } from './rules.js';
import { payeeText } from './stash.js';
import { type AccountStatus, eraStart, type StakeStatus } from './status.js';
import type { StakeState, StakingRules, TargetFacts } from './types.js';

interface Unit {
  readonly symbol: string;
  readonly decimals: number;
}

export function stakeStatusView(status: StakeStatus): View {
  const { rules, block, token } = status;
  // Where unlocking is counted in it, the era that is planned is worth a word.
  const planned = countingEra(rules) > rules.activeEra ? `, era ${rules.currentEra} planned` : '';
  const era = `era ${rules.activeEra}${planned}${rules.eraMs ? `, ${eraProgress(rules, block.timestamp)}` : ''}`;
  return {
    title: 'Stake',
    subtitle: `finalized block ${block.number}, ${time(block.timestamp)}, ${era}`,
    blocks: [
      ...status.accounts.flatMap((account) => accountBlocks(account, status)),
      rulesBlock(rules, token),
    ],
  };
}

function accountBlocks(account: AccountStatus, { token, rules, block }: StakeStatus): Block[] {
  const show = (planck: Planck) => formatAmount(planck, token);
  const rows: { key: string; value: Cell; note?: string }[] = [
    {
      key: 'role',
      value: cell(
        account.role === 'none' ? 'not bonded' : account.role,
        account.role === 'none' ? 'muted' : 'strong',
      ),
    },
    {
      key: 'free',
      value: show(account.free),
      ...(rules.pallet.bondedBy === 'lock' && account.bonded > 0n ? { note: 'with what is bonded' } : {}),
    },
  ];
  if (account.role !== 'none') {
    rows.push(
      { key: 'bonded', value: show(account.bonded) },
      { key: 'active', value: show(account.active) },
      {
        key: 'withdrawable now',
        value: account.withdrawable > 0n ? cell(show(account.withdrawable), 'good') : show(0n),
      },
      { key: 'rewards', value: payeeText(account.payee) },
      {
        key: 'unbonding takes',
        value: `${account.unbondEras} eras`,
        ...(rules.eraMs ? { note: `about ${formatDuration(account.unbondEras * rules.eraMs)}` } : {}),
      },
    );
    if (account.controller !== account.address)
      rows.push({ key: 'controller', value: cell(String(account.controller), 'warn') });
  }
  const blocks: Block[] = [
    { kind: 'heading', text: account.address },
    { kind: 'keyValues', rows },
  ];
  if (account.unlocking.length > 0) {
    blocks.push({
      kind: 'table',
      columns: [
        { header: 'unlocking', align: 'right' },
        { header: 'free from era', align: 'right' },
        { header: 'when' },
      ],
      rows: account.unlocking.map((chunk) => [
        show(chunk.value),
        String(chunk.era),
        chunk.free ? cell('now', 'good') : until(chunk.freeAt, block.timestamp),
      ]),
    });
  }
  if (account.nominations.length > 0) blocks.push(targetsTable(account.nominations, token));
  for (const { level, text, command } of account.advice) {
    blocks.push({
      kind: 'note',
      tone: level === 'warn' ? 'warn' : 'muted',
      text: command ? `${text} → ${command}` : text,
    });
  }
  return blocks;
}

function targetsTable(targets: readonly TargetFacts[], token: Unit): Block {
  const tone = { active: 'good', waiting: 'muted', blocked: 'warn', chilled: 'bad' } as const;
  return {
    kind: 'table',
    columns: [
      { header: 'nominates' },
      { header: 'state' },
      { header: 'commission', align: 'right' },
      { header: 'stake in this era', align: 'right' },
    ],
    rows: targets.map((target) => [
      target.address,
      cell(
        target.blocked && target.state === 'active' ? 'active, blocked' : target.state,
        tone[target.state],
      ),
      target.commission === null ? '–' : Perbill.format(BigInt(target.commission)),
      target.totalStake === null ? '–' : formatAmount(target.totalStake, token),
    ]),
  };
}

function rulesBlock(rules: StakingRules, token: Unit): Block {
  const show = (planck: Planck) => formatAmount(planck, token);
  return {
    kind: 'keyValues',
    rows: [
      { key: 'least nominator bond', value: show(rules.minNominatorBond) },
      { key: 'least validator bond', value: show(rules.minValidatorBond) },
      ...(rules.minimumActiveStake === null
        ? []
        : [{ key: 'least stake elected', value: show(rules.minimumActiveStake) }]),
      {
        key: 'bonding duration',
        value: `${rules.bondingDuration} eras${rules.nominatorsSlashable === false && rules.nominatorFastUnbondDuration !== null ? `; nominators ${rules.nominatorFastUnbondDuration}` : ''}`,
      },
    ],
  };
}

/** A plan: why each call is there, and the stake before and after. */
export function stakePlanView(plan: StakePlan, token: Unit, rules: StakingRules, now: number): View {
  const blocks: Block[] = [];
  if (plan.calls.length === 0) {
    blocks.push({ kind: 'note', tone: 'good', text: plan.idle ?? 'Nothing to do.' });
  } else {
    blocks.push({
      kind: 'list',
      items: plan.calls.map((call) => `${call.pallet}.${call.call}: ${call.reason}`),
    });
    blocks.push(changeTable(plan.effect.before, plan.effect.after, token));
    blocks.push(...nominationBlocks(plan.effect.before.nominations, plan.effect.after.nominations));
    blocks.push(...unlockNotes(plan, token, rules, now));
  }
  return { title: plan.title, subtitle: plan.account, blocks };
}

/** The stake before and after, side by side; only what changes is emphasised. */
function changeTable(before: StakeState, after: StakeState, token: Unit): Block {
  const show = (planck: Planck | undefined) => formatAmount(planck ?? 0n, token);
  const chunks = (ledger: Ledger | null) =>
    ledger?.unlocking.map(({ value, era }) => `${show(value)} (era ${era})`).join(', ') || '–';
  const rows: [string, string, string][] = [
    [
      'role',
      before.role === 'none' ? 'not bonded' : before.role,
      after.role === 'none' ? 'not bonded' : after.role,
    ],
    ['free, before fees', show(before.free), show(after.free)],
    ['bonded', show(before.ledger?.total), show(after.ledger?.total)],
    ['active', show(before.ledger?.active), show(after.ledger?.active)],
    ['unlocking', chunks(before.ledger), chunks(after.ledger)],
    ['rewards', payeeText(before.payee), payeeText(after.payee)],
    ['nominations', String(before.nominations.length), String(after.nominations.length)],
    ...controllerRow(before, after),
  ];
  return {
    kind: 'table',
    columns: [{ header: '' }, { header: 'before', align: 'right' }, { header: 'after', align: 'right' }],
    rows: rows.map(([label, from, to]) => [label, from, from === to ? to : cell(to, 'strong')]),
  };
}

/** Said only where it changes: a stash that is bonded or leaves is its own controller on almost every chain. */
function controllerRow(before: StakeState, after: StakeState): [string, string, string][] {
  if (before.controller === null || after.controller === null || before.controller === after.controller)
    return [];
  return [['controller', before.controller, after.controller]];
}

/** Every validator that is nominated or dropped, by address: what is signed. */
function nominationBlocks(before: readonly string[], after: readonly string[]): Block[] {
  if (before.length === after.length && before.every((address) => after.includes(address))) return [];
  const dropped = before.filter((address) => !after.includes(address));
  return [
    {
      kind: 'table',
      columns: [{ header: 'nominations after' }, { header: '' }],
      rows: [
        ...after.map((address) => [
          address,
          before.includes(address) ? cell('kept', 'muted') : cell('new', 'good'),
        ]),
        ...dropped.map((address) => [cell(address, 'muted'), cell('dropped', 'warn')]),
      ],
    },
  ];
}

/** When what the plan unlocks is free, and which chunks a rebond takes. */
function unlockNotes(plan: StakePlan, token: Unit, rules: StakingRules, now: number): Block[] {
  const before = plan.effect.before.ledger?.unlocking ?? [];
  const after = plan.effect.after.ledger?.unlocking ?? [];
  const sum = (chunks: readonly { era: number; value: bigint }[], era: number) =>
    chunks.filter((chunk) => chunk.era === era).reduce((total, chunk) => total + chunk.value, 0n);
  const eras = [...new Set([...before, ...after].map((chunk) => chunk.era))].sort((a, b) => b - a);
  return eras.flatMap((era): Block[] => {
    const change = sum(after, era) - sum(before, era);
    if (change > 0n) {
      const at = eraStart(rules, now, era);
      return [
        {
          kind: 'note',
          tone: 'muted',
          text: `${formatAmount(change, token)} will be free in era ${era}${at === null ? '' : `, ${until(at, now)}`}. bursar stake withdraw then takes it.`,
        },
      ];
    }
    if (change < 0n)
      return [
        {
          kind: 'note',
          tone: 'muted',
          text: `${formatAmount(-change, token)} leaves the chunk of era ${era}.`,
        },
      ];
    return [];
  });
}

function eraProgress(rules: StakingRules, now: number): string {
  const end = eraStart(rules, now, rules.activeEra + 1);
  return end === null ? '' : end > now ? `next in about ${formatDuration(end - now)}` : 'ending';
}

function until(at: number | null, now: number): string {
  if (at === null) return 'unknown';
  return at > now ? `in about ${formatDuration(at - now)} (${time(at)})` : 'soon';
}

/** The latest time that a date can hold. */
const LATEST_MS = 8.64e15;

const time = (ms: number): string => (Math.abs(ms) <= LATEST_MS ? utc(ms) : 'unknown');
const utc = (ms: number): string => `${new Date(ms).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
