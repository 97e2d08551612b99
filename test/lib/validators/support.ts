/** Facts about made-up validators, and a chain that answers from a table. */

import type { Chain, StorageQuery } from '../../../src/lib/chain/types.js';
import type { Plain } from '../../../src/lib/plain.js';
import type { Method } from '../../../src/lib/validators/ranking.js';
import { DEFAULT_WEIGHTS } from '../../../src/lib/validators/score.js';
import type { EraFacts, Facts, Operator, ValidatorFacts } from '../../../src/lib/validators/types.js';

export const UNIT = 10n ** 10n;
export const GENESIS = `0x${'11'.repeat(32)}`;
const DAY_MS = 24 * 60 * 60 * 1000;

export const METHOD: Method = { formula: 'whitepaper', weights: DEFAULT_WEIGHTS, reputation: 'named' };

export const operator = (id: string, more: Partial<Operator> = {}): Operator => ({
  id,
  name: id,
  judgement: 'good',
  source: 'identity',
  ...more,
});

export interface Sketch extends Partial<Omit<ValidatorFacts, 'exposure'>> {
  /** Whole tokens of nominators; null: not elected. Default 1000. */
  readonly nomination?: number | null;
  /** Whole tokens. Default 100. */
  readonly own?: number;
}

export function validator(address: string, sketch: Sketch = {}): ValidatorFacts {
  const { nomination = 1000, own = 100, ...more } = sketch;
  const exposure =
    nomination === null
      ? null
      : {
          total: BigInt(nomination + own) * UNIT,
          own: BigInt(own) * UNIT,
          nominators: 10,
          pages: 1,
          unpaid: null,
        };
  return {
    address,
    state: exposure === null ? 'waiting' : 'active',
    commission: 0,
    blocked: false,
    exposure,
    points: [100, 100],
    offences: [],
    operator: operator(`op-${address}`),
    ...more,
  };
}

/** Eras as long as the validators' points say, each with the sum of their points. */
export function factsOf(validators: readonly ValidatorFacts[], more: Partial<Facts> = {}): Facts {
  const count = validators[0]?.points.length ?? 0;
  const eras = Array.from({ length: count }, (_, index): EraFacts => {
    const earned = validators.map(({ points }) => points[index] ?? 0);
    return {
      era: 100 + index,
      points: earned.reduce((sum, points) => sum + points, 0),
      earners: earned.filter((points) => points > 0).length,
      reward: 1000n * UNIT,
    };
  });
  return {
    chain: {
      genesisHash: GENESIS,
      specName: 'test',
      specVersion: 1,
      token: { symbol: 'UNIT', decimals: 10, ss58Prefix: 42 },
    },
    block: { hash: `0x${'22'.repeat(32)}`, number: 1000, timestamp: 1_767_225_600_000 },
    activeEra: 100 + count,
    eraMs: DAY_MS,
    spans: { week: 7, month: 30, slashEras: 30 },
    identities: { kind: 'chain', other: null, file: null },
    paidNominators: null,
    eras,
    validators: [...validators].sort((a, b) => (a.address < b.address ? -1 : 1)),
    ...more,
  };
}

/** As many validators as a live network has, and the history that it keeps. */
export function crowd(validators = 600, eras = 84): Facts {
  return factsOf(
    Array.from({ length: validators }, (_, index) =>
      validator(`5${String(index).padStart(47, 'A')}`, {
        nomination: 1_000 + ((index * 7919) % 90_000),
        commission: (index % 21) * 5_000_000,
        points: Array.from({ length: eras }, (_, era) =>
          (index + era) % 37 === 0 ? null : 80_000 + ((index * 31 + era * 17) % 9_000),
        ),
        operator: operator(`op-${index % 400}`),
      }),
    ),
  );
}

/** The pallet Staking, or others by `Pallet.Item`: a value by its keys joined with a comma; no value is null. */
export type Table = Readonly<Record<string, Readonly<Record<string, Plain>>>>;

/** A chain whose storage is a table. What is not in the table is not in its metadata. */
export function tableChain(
  table: Table,
  constants: Readonly<Record<string, Plain>> = {},
  more: Partial<Chain> = {},
): Chain {
  const named = (pallet: string, item: string) => (pallet === 'Staking' ? item : `${pallet}.${item}`);
  const rows = ({ pallet, item }: StorageQuery) => table[named(pallet, item)] ?? {};
  return {
    endpoint: 'ws://table',
    identity: {
      genesisHash: GENESIS,
      specName: 'test',
      specVersion: 1,
      transactionVersion: 1,
      name: 'Table',
    },
    token: { symbol: 'UNIT', decimals: 10, ss58Prefix: 42 },
    reference: { hash: `0x${'33'.repeat(32)}`, number: 7, timestamp: 1_767_225_600_000 },
    hasPallet: (pallet: string) => pallet === 'Staking',
    hasStorage: (pallet: string, item: string) => Object.hasOwn(table, named(pallet, item)),
    hasConstant: (_: string, name: string) => Object.hasOwn(constants, name),
    constant: (_: string, name: string) => constants[name] ?? null,
    hasCall: () => false,
    hasApi: () => false,
    read: async (queries: readonly StorageQuery[]) =>
      queries.map((query) => rows(query)[(query.keys ?? []).join()] ?? null),
    entries: async (query: StorageQuery) => {
      const prefix = (query.keys ?? []).map((key) => `${key},`).join('');
      return Object.entries(rows(query))
        .filter(([key]) => key.startsWith(prefix))
        .map(([key, value]) => ({ keys: key.split(',').map(numberOrText), value }));
    },
    ...more,
  } as unknown as Chain;
}

const numberOrText = (text: string): Plain => (/^\d+$/.test(text) ? Number(text) : text);
