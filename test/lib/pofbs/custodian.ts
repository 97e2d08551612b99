/** Ledgers, and what is built from them in memory: no files. */

import { createHash, randomBytes } from 'node:crypto';
import { encodeSs58 } from '../../../src/lib/keys/ss58.js';
import { type BuildOptions, type BuiltRows, buildRows } from '../../../src/lib/pofbs/build.js';
import type { Input } from '../../../src/lib/pofbs/engine.js';
import type { RunStore } from '../../../src/lib/pofbs/sort.js';

export const CONTEXT = {
  chain: `0x${'11'.repeat(32)}`,
  custody: `0x${'22'.repeat(20)}`,
  epoch: 7,
};

export const inputOf = (text: string | Uint8Array, size = 1 << 16): Input => {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text;
  let at = 0;
  return {
    async read(into) {
      const part = bytes.subarray(at, at + Math.min(size, into.length));
      into.set(part);
      at += part.length;
      return part.length;
    },
  };
};

export const runsInMemory = (): RunStore => ({
  create() {
    const parts: Uint8Array[] = [];
    return {
      write: (bytes) => void parts.push(bytes.slice()),
      finish() {
        const all = Buffer.concat(parts);
        return { bytes: all.length, read: (into, at) => all.copy(into, 0, at), discard: () => {} };
      },
    };
  },
});

export interface LedgerLine {
  readonly wallet: string;
  readonly total: bigint;
  readonly withdrawable: bigint;
  readonly request: bigint;
  readonly asset?: string;
  readonly salt?: string;
}

/** A ledger that is the same for the same seed. */
export function someLedger(count: number, seed = 'ledger'): LedgerLine[] {
  return Array.from({ length: count }, (_, index) => {
    const digest = createHash('sha256').update(`${seed}/${index}`).digest();
    const total = digest.readBigUInt64LE(0);
    return {
      wallet:
        index % 2 === 0 ? `0x${digest.toString('hex')}` : encodeSs58(digest, index % 64 === 47 ? 42 : 0),
      total,
      withdrawable: total / 2n,
      request: index % 3 === 0 ? total / 4n : 0n,
      salt: createHash('sha256').update(`${seed}/salt/${index}`).digest('hex'),
    };
  });
}

export function csvOf(lines: readonly LedgerLine[], columns: readonly (keyof LedgerLine)[]): string {
  return `${[columns.join(','), ...lines.map((line) => columns.map((name) => line[name]).join(','))].join('\n')}\n`;
}

export const ROW_COLUMNS = ['wallet', 'total', 'withdrawable', 'request'] as const;

export interface Made extends BuiltRows {
  readonly snapshots: readonly string[];
  readonly mapping: string;
}

export async function build(ledger: string, options: Partial<BuildOptions> = {}): Promise<Made> {
  const assets = options.assets ?? ['USDC'];
  const texts = assets.map(() => [] as Buffer[]);
  const mapping: Buffer[] = [];
  const sink = (into: Buffer[]) => ({ write: (bytes: Uint8Array) => void into.push(Buffer.from(bytes)) });
  const built = await buildRows(
    {
      assets,
      context: CONTEXT,
      ledger: inputOf(ledger),
      salts: null,
      memory: 64 << 20,
      store: runsInMemory(),
      ...options,
    },
    { snapshots: texts.map(sink), mapping: sink(mapping) },
  );
  const text = (parts: Buffer[]) => Buffer.concat(parts).toString();
  return { ...built, snapshots: texts.map(text), mapping: text(mapping) };
}

export const shuffled = <T>(list: readonly T[]): T[] => {
  const left = [...list];
  return list.map(() => left.splice(randomBytes(4).readUInt32LE() % left.length, 1)[0] as T);
};
