/** Facts of a snapshot, some taken at random, read again from the chain at the snapshot's own block. */

import { fromRpcError, type Version } from '../chain/answers.js';
import type { OpenChain } from '../chain/connect.js';
import { eraPoints, eraRewards, readEraWindow } from '../eras/facts.js';
import { each, readParts } from '../eras/read.js';
import type { ValidatorPrefs } from '../eras/types.js';
import { preconditionError } from '../errors.js';
import { exposuresOf } from './exposures.js';
import { spansOf } from './facts.js';
import { readOffences, remembersSlashes } from './offences.js';
import { type Difference, firstDifference } from './snapshot.js';
import type { Facts, ValidatorFacts } from './types.js';

export interface Sample {
  /** The same seed takes the same facts. */
  readonly seed: number;
  /** How many facts were read again. */
  readonly facts: number;
  readonly difference: Difference | null;
}

/**
 * @param seed 0 to 2^32 − 1
 * @throws precondition SNAPSHOT_CHAIN; unreachable STATE_PRUNED where the node no longer has the block's state
 */
export async function readSample(
  chain: OpenChain,
  facts: Facts,
  count: number,
  seed: number,
): Promise<Sample> {
  if (facts.chain.genesisHash !== chain.identity.genesisHash) {
    throw preconditionError('SNAPSHOT_CHAIN', `The snapshot is of another chain than ${chain.endpoint}.`, {
      hint: 'Name an endpoint of that chain with --rpc, or verify without one.',
    });
  }
  const elsewhere = await otherBlock(chain, facts);
  if (elsewhere !== null) return { seed, facts: 0, difference: elsewhere };
  const then = await pinned(chain, facts);
  const version = firstDifference(
    facts.chain.specVersion,
    then.identity.specVersion,
    'content.facts.chain.specVersion',
  );
  if (version !== null) return { seed, facts: 0, difference: { what: 'chain', ...version } };
  const frame = await frameDifference(then, facts);
  if (frame !== null) return { seed, facts: 0, difference: { what: 'chain', ...frame } };
  const picks = pick(facts, count, seed);
  const said = picks.map((one) => claimed(facts, one));
  const read = await readPicks(then, facts, picks);
  for (const [index, one] of picks.entries()) {
    const found = firstDifference(said[index], read[index], `content.facts.${one.at}`);
    if (found !== null) return { seed, facts: picks.length, difference: { what: 'chain', ...found } };
  }
  return { seed, facts: picks.length, difference: null };
}

async function ask<T>(chain: OpenChain, method: string, params: readonly unknown[]): Promise<T> {
  try {
    return await chain.rpc.request<T>(method, params);
  } catch (error) {
    throw fromRpcError(error, chain.endpoint);
  }
}

/** The block of that number is the snapshot's, or it was never finalized. */
async function otherBlock(chain: OpenChain, facts: Facts): Promise<Difference | null> {
  const hash = await ask<string | null>(chain, 'chain_getBlockHash', [facts.block.number]);
  const found = firstDifference(facts.block.hash, hash, 'content.facts.block.hash');
  return found === null ? null : { what: 'chain', ...found };
}

/** The chain as it was at the snapshot's block, read with the metadata of that time. */
async function pinned(chain: OpenChain, { block }: Facts): Promise<OpenChain> {
  const version = (await ask(chain, 'state_getRuntimeVersion', [block.hash])) as Version;
  const identity = { ...chain.identity, ...version };
  const runtime =
    version.specVersion === chain.identity.specVersion
      ? chain.runtime
      : await chain.runtimeAt(version, block.hash);
  return chain.at({ ...block }, { runtime, identity });
}

/**
 * What every score hangs on, and no single fact shows: the time, the eras that count, who is a candidate at all, and who
 * committed an offence. Read whole.
 */
async function frameDifference(chain: OpenChain, facts: Facts): Promise<ReturnType<typeof firstDifference>> {
  const addresses = facts.validators.map(({ address }) => address);
  const [window, [now], candidates, offences] = await Promise.all([
    readEraWindow(chain, { eraMs: facts.eraMs }),
    chain.read([{ pallet: 'Timestamp', item: 'Now' }]),
    chain.entries({ pallet: 'Staking', item: 'Validators' }),
    readOffences(chain, addresses),
  ]);
  const known = new Set(addresses);
  const missing = candidates.map(({ keys }) => keys[0] as string).find((address) => !known.has(address));
  if (missing !== undefined) return { at: 'content.facts.validators', saved: null, computed: missing };
  return firstDifference(
    {
      block: { timestamp: facts.block.timestamp },
      activeEra: facts.activeEra,
      eraMs: facts.eraMs,
      spans: facts.spans,
      validators: facts.validators.map((one) => ({ offences: one.offences })),
    },
    {
      block: { timestamp: Number(now) },
      activeEra: window.activeEra,
      eraMs: window.eraMs,
      spans: spansOf(window, remembersSlashes(chain)),
      validators: addresses.map((address) => ({ offences: offences.get(address) ?? [] })),
    },
    'content.facts',
  );
}

/** A fact: which kind, and where in the lists of the facts. */
interface Pick {
  readonly kind: 'prefs' | 'exposure' | 'era' | 'points';
  readonly validator: number;
  readonly era: number;
  /** Its place in the file. */
  readonly at: string;
}

function pick({ validators, eras }: Facts, count: number, seed: number): Pick[] {
  const random = generator(seed);
  const kinds = (
    [
      ['prefs', validators.length],
      ['exposure', validators.length],
      ['era', eras.length],
      ['points', validators.length * eras.length],
    ] as const
  ).filter(([, size]) => size > 0);
  if (kinds.length === 0) return [];
  return Array.from({ length: count }, (): Pick => {
    const [kind] = kinds[random(kinds.length)]!;
    const validator = validators.length === 0 ? 0 : random(validators.length);
    const era = eras.length === 0 ? 0 : random(eras.length);
    const at = {
      prefs: `validators[${validator}]`,
      exposure: `validators[${validator}].exposure`,
      era: `eras[${era}]`,
      points: `validators[${validator}].points[${era}]`,
    }[kind];
    return { kind, validator, era, at };
  });
}

/** mulberry32: whole numbers below `limit` from a seed, the same on every machine. */
function generator(seed: number): (limit: number) => number {
  let state = seed >>> 0;
  return (limit) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

/** What the file says of a fact, in the form in which the chain is read below. */
function claimed({ validators, eras }: Facts, { kind, validator, era }: Pick): unknown {
  const of = validators[validator];
  switch (kind) {
    case 'prefs':
      return prefsOf(of!);
    case 'exposure':
      return of!.exposure;
    case 'era':
      return eras[era];
    case 'points':
      return of!.points[era];
  }
}

const prefsOf = ({ commission, blocked }: ValidatorFacts) =>
  commission === null ? null : { commission, blocked };

async function readPicks(chain: OpenChain, facts: Facts, picks: readonly Pick[]): Promise<unknown[]> {
  const addresses = picks.map(({ validator }) => facts.validators[validator]?.address ?? '');
  const of = (kind: Pick['kind']) => addresses.filter((_, index) => picks[index]!.kind === kind);
  const indices = [
    ...new Set(picks.flatMap(({ kind, era }) => (kind === 'era' || kind === 'points' ? [era] : []))),
  ];
  const eras = indices.map((index) => facts.eras[index]!.era);
  const [prefs, exposures, points, rewards] = await readParts(chain, [
    each(
      of('prefs'),
      (address) => ({ pallet: 'Staking', item: 'Validators', keys: [address], optional: true }),
      (value) => value as unknown as ValidatorPrefs | null,
    ),
    exposuresOf(
      chain,
      of('exposure').map((stash) => ({ era: facts.activeEra, stash })),
    ),
    eraPoints(eras),
    eraRewards(eras),
  ]);
  let [nextPrefs, nextExposure] = [0, 0];
  return picks.map(({ kind, era }, index) => {
    if (kind === 'prefs') {
      const found = prefs[nextPrefs++] ?? null;
      return found && { commission: found.commission, blocked: found.blocked ?? false };
    }
    if (kind === 'exposure') return exposures[nextExposure++];
    const row = indices.indexOf(era);
    const { total, individual } = points[row]!;
    if (kind === 'points') return individual.find(([address]) => address === addresses[index])?.[1] ?? null;
    const earners = individual.filter(([, value]) => value > 0).length;
    return { era: eras[row], points: total, earners, reward: rewards[row] ?? null };
  });
}
