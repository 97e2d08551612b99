/** Block headers: does a header belong to its hash, does an endpoint have the block that everybody else reads at. */

import { type BursarError, unreachableError } from '../errors.js';
import { oddAnswer, sameVersion, type Version } from './answers.js';
import type { Anchor, Ask } from './rpc.js';
import { sleep } from './sleep.js';

/** `chain_getHeader`'s answer, as far as every chain has it. */
export interface Header {
  readonly parentHash: string;
  /** 0x hex. */
  readonly number: string;
  readonly stateRoot?: string;
  readonly extrinsicsRoot?: string;
  readonly digest?: { readonly logs?: readonly string[] };
}

/** What a header of sp-runtime has (generic::Header); chains of other makes (Avail) add fields of their own. */
const FIELDS = ['digest', 'extrinsicsRoot', 'number', 'parentHash', 'stateRoot'];

/**
 * A header hashes to its block: by its number the mortality of transactions is counted. Headers of another make are not judged.
 * @throws unreachable ENDPOINT_ANSWER
 */
export async function assertHeaderOf(endpoint: string, header: Header, hash: string): Promise<void> {
  if (Object.keys(header).sort().join() !== FIELDS.join()) return;
  const bytes = await encoded(header);
  const { blake2AsHex, keccakAsHex } = await import('#polkadot');
  // Substrate's hashers are these two; sp-runtime's default is the first.
  if (bytes && (blake2AsHex(bytes, 256) === hash || keccakAsHex(bytes) === hash)) return;
  throw oddAnswer(endpoint, `a header of another block than ${hash}, or one`);
}

/** SCALE: parent hash, Compact<number>, state root, extrinsics root, Vec<DigestItem>. */
async function encoded({
  parentHash,
  number,
  stateRoot,
  extrinsicsRoot,
  digest,
}: Header): Promise<Uint8Array | null> {
  const { compactToU8a, hexToU8a, u8aConcat } = await import('#polkadot');
  const logs = digest?.logs;
  const bytes = (hex: unknown) => hexToU8a(hex as `0x${string}`);
  try {
    if (!Array.isArray(logs)) return null;
    return u8aConcat(
      bytes(parentHash),
      compactToU8a(Number(number)),
      bytes(stateRoot),
      bytes(extrinsicsRoot),
      compactToU8a(logs.length),
      ...logs.map(bytes),
    );
  } catch {
    return null;
  }
}

/** How long an endpoint that is behind may take to get the block, and how often it is asked. */
const BEHIND_MS = 4_000;
const BEHIND_EVERY_MS = 400;

/**
 * A new endpoint must have the very block at which everything else was read, with the same runtime.
 * @throws unreachable OTHER_BLOCK, ENDPOINT_BEHIND
 */
export async function assertHasBlock(
  request: Ask,
  endpoint: string,
  { hash, number, version }: Anchor,
  signal?: AbortSignal,
): Promise<void> {
  if (number === undefined) {
    const header = (await request('chain_getHeader', [hash])) as Header | null;
    if (header === null) throw behind(endpoint, hash);
    return assertHeaderOf(endpoint, header, hash);
  }
  for (const until = performance.now() + BEHIND_MS; ; ) {
    const there = await request('chain_getBlockHash', [number]);
    if (there === hash) break;
    if (there !== null)
      throw unreachableError(
        'OTHER_BLOCK',
        `${endpoint} has another block ${number} (${String(there)}) than the one that everything is read at (${hash}).`,
        { hint: 'Nothing was sent. One of the endpoints is on a fork, or does not tell the truth.' },
      );
    if (performance.now() >= until) throw behind(endpoint, hash);
    await sleep(BEHIND_EVERY_MS, signal);
  }
  if (version === undefined) return;
  const found = (await request('state_getRuntimeVersion', [hash])) as Version;
  if (!sameVersion(found, version))
    throw unreachableError(
      'OTHER_BLOCK',
      `${endpoint} says that block ${number} has the runtime ${found.specName} ${found.specVersion}, but it is ${version.specName} ${version.specVersion}.`,
      { hint: 'Nothing was sent. One of the endpoints does not tell the truth.' },
    );
}

const behind = (endpoint: string, hash: string): BursarError =>
  unreachableError('ENDPOINT_BEHIND', `${endpoint} does not have the block ${hash} yet.`, {
    hint: 'Nothing was sent. Try again, or name another endpoint with --rpc.',
  });
