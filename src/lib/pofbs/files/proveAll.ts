/**
 * `pofbs prove --all`: the proof of every row of an epoch, a file each. All of them are made beside the target and get
 * their place by one rename: a directory of that name is complete.
 */

import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmdirSync, rmSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { Worker } from 'node:worker_threads';
import { BursarError, usageError, verificationError } from '../../errors.js';
import { quoteReadable } from '../../numeric/text.js';
import type { EpochTree } from '../epochTree.js';
import { toHex } from '../gpmp.js';
import { loadHasher } from '../hasher.js';
import { idContext } from '../id.js';
import { IdBatch } from '../idBatch.js';
import { MappingRows } from '../keyedRows.js';
import { Pace } from '../pace.js';
import type { Opening } from '../proof.js';
import { parseInclusion } from '../proof.js';
import { checkInclusion } from '../proofCheck.js';
import { ProofTexts } from '../proofTexts.js';
import { upperTree } from '../savedTree.js';
import { compareIds } from '../scan.js';
import { compareKeys } from '../sort.js';
import { depthOf } from '../tree.js';
import type { Row } from '../types.js';
import { type AssetFile, assetFiles, openTree } from './epochFiles.js';
import { openInput } from './input.js';
import { plainMapping } from './mappingInput.js';
import { outputError } from './output.js';
import { type FileBatch, writeFiles } from './proofFiles.js';
import type { WriterAnswer } from './proofWriter.js';
import { readThrough, type Working } from './readThrough.js';

export interface ProveAllOptions extends Working {
  /** The new directory. */
  readonly all: string;
  /** Only of this asset; default: of all. */
  readonly asset?: string | undefined;
  /** Opens every id to its wallet. */
  readonly mapping?: string | undefined;
  readonly identityFile?: string | undefined;
}

export interface ProveAllResult {
  readonly epoch: number;
  readonly gpmp: string;
  /** As it was given. */
  readonly directory: string;
  /** Whether the proofs open their ids: then each is for its user alone. */
  readonly opened: boolean;
  readonly assets: readonly {
    readonly asset: string;
    readonly proofs: number;
    readonly bytes: number;
    /** Where the proof of an id is: `USDC/{2}/{id}.json` with the id's first two digits. */
    readonly place: string;
  }[];
}

/** Up to so many rows a directory for each two digits holds some thousands of files. */
const ONE_LEVEL = 1 << 20;
/** Files that are handed to the writing thread at once: some megabytes. */
const FLUSH = 512;

/**
 * @param path the epoch's directory, its manifest, or one of its snapshots
 * @throws usage OUTPUT_EXISTS, OUTPUT_WRITE, INPUT_*, NO_MANIFEST, ASSET_UNKNOWN, MAPPING, MAPPING_EPOCH, SEALED_*,
 *   IDENTITY; verification NOT_THE_PUBLISHED, WALLET_NOT_FOUND, MAPPING_*, and the rule that a snapshot breaks
 */
export async function proveAll(path: string, options: ProveAllOptions): Promise<ProveAllResult> {
  const target = resolve(options.all);
  refuseOccupied(target, options.all);
  const files = await assetFiles(path, options.asset ?? null);
  const stage = attempt(target, () => mkdtempSync(join(dirname(target), '.bursar-proofs-')));
  const remove = () => rmSync(stage, { recursive: true, force: true });
  // A second Ctrl-C ends the process at once; the proofs may tell whose rows they are of.
  process.on('exit', remove);
  try {
    const assets: ProveAllResult['assets'][number][] = [];
    for (const file of files) assets.push(await proveAsset(file, stage, options));
    options.signal?.throwIfAborted();
    attempt(target, () => {
      if (existsSync(target)) rmdirSync(target);
      renameSync(stage, target);
    });
    const { claim, gpmp } = files[0] as AssetFile;
    const opened = options.mapping !== undefined;
    return { epoch: claim.header.epoch, gpmp, directory: options.all, opened, assets };
  } finally {
    process.off('exit', remove);
    remove();
  }
}

/** @throws usage OUTPUT_EXISTS unless there is nothing, or an empty directory */
function refuseOccupied(target: string, shown: string): void {
  if (!existsSync(target)) return;
  let names: readonly string[];
  try {
    names = readdirSync(target);
  } catch (error) {
    throw outputError(shown, error);
  }
  if (names.length === 0) return;
  throw usageError('OUTPUT_EXISTS', `There is something in ${quoteReadable(shown, 200)} (${names[0]}).`, {
    hint: 'Name a new directory: the proofs of one epoch are never mixed with those of another.',
  });
}

async function proveAsset(
  file: AssetFile,
  stage: string,
  options: ProveAllOptions,
): Promise<ProveAllResult['assets'][number]> {
  const { groups, findings, root } = await readThrough(file, options);
  const { entry, claim } = file;
  if (groups === null || root === null || findings.earliest !== null)
    throw verificationError(
      findings.earliest?.rule ?? 'R_FILE',
      `${entry.file} breaks a rule${findings.earliest === null ? '' : ` in line ${findings.earliest.line}`}.`,
      { hint: 'Run `bursar pofbs verify` on the epoch: of such a list no proofs are given out.' },
    );
  if (toHex(root.hash) !== entry.root || root.total !== entry.total || root.requests !== entry.requests)
    throw verificationError(
      'NOT_THE_PUBLISHED',
      `${entry.file} does not lead to the root, total and requests of the manifest.`,
      { hint: 'This is not what was published: get both again.' },
    );
  const { tree, close } = await openTree(file, upperTree(groups, await loadHasher()));
  const openings = await openMapping(file, options);
  try {
    const digits = groups.rows <= ONE_LEVEL ? [2] : [2, 2];
    const out = new ProofFiles(join(stage, entry.asset), digits, options.mapping !== undefined);
    try {
      await writeProofs(file, tree, openings, out, options);
      await out.settled();
    } finally {
      await out.close();
    }
    const place = [entry.asset, ...digits.map((count) => `{${count}}`), '{id}.json'].join('/');
    return { asset: claim.summary.asset, proofs: groups.rows, bytes: out.bytes, place };
  } finally {
    await openings?.close();
    await close();
  }
}

async function writeProofs(
  file: AssetFile,
  tree: EpochTree,
  openings: Openings | null,
  out: ProofFiles,
  { onProgress, signal }: Working,
): Promise<void> {
  const { rows, groupRows } = tree.upper;
  const depth = depthOf(rows);
  const pace = new Pace(`proofs of ${file.entry.asset}`, onProgress, signal);
  const texts = new ProofTexts(file.claim, depth);
  const groupDepth = Math.min(depth, depthOf(groupRows));
  for (let first = 0, number = 0; first < rows; first += groupRows, number++) {
    const group = await tree.source.group(number);
    // What is above the group's root is the same for all of its rows, and is read once.
    const above = new Map<string, Awaited<ReturnType<EpochTree['node']>>>();
    for (let level = groupDepth, at = number; level < depth; level++, at >>= 1)
      above.set(`${level}:${at ^ 1}`, await tree.node(level, at ^ 1));
    const width = (level: number) => 2 ** (groupDepth - level);
    const nodeAt = (level: number, index: number) =>
      above.get(`${level}:${index}`) ?? group.node(level, index % width(level));
    const rowsHere = Array.from({ length: group.rows }, (_, place) => group.row(place));
    const opened = await openings?.of(rowsHere);
    for (const [place, row] of rowsHere.entries()) {
      const opening = opened?.[place] ?? null;
      const text = texts.of(first + place, row, opening, nodeAt);
      // One of every group goes through the check that its user will make.
      if (place === 0) assertHolds(text, file.gpmp);
      out.add(toHex(row.id).slice(2), text);
      if (place % FLUSH === FLUSH - 1) await out.flush();
    }
    await out.flush();
    await pace.pause(first + group.rows, (first + group.rows) / rows);
  }
}

function assertHolds(text: string, gpmp: string): void {
  const { holds, steps } = checkInclusion(parseInclusion(new TextEncoder().encode(text)), gpmp);
  if (holds) return;
  const broken = steps.find(({ ok }) => ok === false);
  throw verificationError(
    'NOT_THE_PUBLISHED',
    `The file does not lead to the published GPMP. ${broken?.says} ${broken?.detail ?? ''}`.trim(),
    { hint: 'It may have changed while it was read: run `bursar pofbs verify` on the epoch.' },
  );
}

/** The wallets and salts of rows that are asked for in the order of the list. */
interface Openings {
  of(rows: readonly Row[]): Promise<Opening[]>;
  close(): Promise<void>;
}

async function openMapping(
  { claim, entry }: AssetFile,
  { mapping, identityFile, signal }: ProveAllOptions,
): Promise<Openings | null> {
  if (mapping === undefined) return null;
  const input = await openInput(mapping, { what: 'mapping', ...(signal === undefined ? {} : { signal }) });
  try {
    const rows = new MappingRows(await plainMapping(input, identityFile ?? null), mapping);
    const batch = new IdBatch(idContext(claim.header), await loadHasher());
    /** Goes to the line of an id. */
    async function find(id: Uint8Array): Promise<void> {
      let order = -1;
      while (order < 0) {
        const step = rows.step();
        if (!(typeof step === 'boolean' ? step : await step)) break;
        order = compareIds(rows.row.id, id);
      }
      if (order !== 0)
        throw verificationError(
          'WALLET_NOT_FOUND',
          `${input.shown} has no line of the id ${toHex(id).slice(2)}, which is in ${entry.file}.`,
          { hint: `Is it the mapping of epoch ${claim.header.epoch}? Run \`bursar pofbs map check\`.` },
        );
    }
    /** Whether the ids of the batch are those of the rows from `first` on. */
    function assertOpen(list: readonly Row[], first: number): void {
      batch.compute();
      for (let member = 0; member < batch.count; member++) {
        const { id } = list[first + member] as Row;
        if (compareKeys(batch.ids, 32 * member, id, 0, 32) === 0) continue;
        throw usageError(
          'MAPPING_EPOCH',
          `${input.shown} is the mapping of another epoch, or it was changed.`,
          {
            hint: `The id ${toHex(id).slice(2)} does not follow from its wallet and salt in epoch ${claim.header.epoch}.`,
          },
        );
      }
      batch.clear();
    }
    return {
      async of(list) {
        const openings: Opening[] = [];
        let first = 0;
        for (const [place, { id }] of list.entries()) {
          await find(id);
          const { wallet, salt } = rows.row;
          openings.push({ wallet: toHex(wallet), salt: toHex(salt) });
          batch.add(wallet, 0, salt);
          if (!batch.full && place + 1 < list.length) continue;
          assertOpen(list, first);
          first = place + 1;
        }
        return openings;
      },
      close: () => input.close(),
    };
  } catch (error) {
    await input.close();
    throw error;
  }
}

/** Workers run compiled code only: where this is a TypeScript source (a test runner's), this thread writes. */
const workersRun = !import.meta.url.endsWith('.ts');

/** Files named by id, in directories by the id's first digits, written by another thread while the next are made. */
class ProofFiles {
  bytes = 0;
  readonly #mode: number;
  readonly #width: number;
  readonly #worker: Worker | null;
  #directory = '';
  #digits = '';
  #paths: string[] = [];
  #texts: string[] = [];
  #written: Promise<WriterAnswer> = Promise.resolve(null);

  /** @param opened readable by their owner alone */
  constructor(
    readonly root: string,
    readonly levels: readonly number[],
    opened: boolean,
  ) {
    this.#mode = opened ? 0o600 : 0o644;
    this.#width = levels.reduce((sum, digits) => sum + digits, 0);
    attempt(root, () => mkdirSync(root));
    this.#worker = workersRun ? new Worker(new URL('./proofWriter.js', import.meta.url)) : null;
  }

  add(id: string, text: string): void {
    if (this.#digits !== id.slice(0, this.#width)) this.#enter(id);
    this.#paths.push(`${this.#directory}/${id}.json`);
    this.#texts.push(text);
  }

  /** Has what was added written, once what was there before it is. @throws usage OUTPUT_WRITE */
  async flush(): Promise<void> {
    let end = 0;
    const ends = this.#texts.map((text) => {
      end += text.length;
      return end;
    });
    this.bytes += end;
    const bytes = new Uint8Array(new ArrayBuffer(end));
    Buffer.from(bytes.buffer).write(this.#texts.join(''), 'latin1');
    const batch: FileBatch = { paths: this.#paths, ends, bytes, mode: this.#mode };
    this.#paths = [];
    this.#texts = [];
    await this.settled();
    const worker = this.#worker;
    if (worker === null) return writeFiles(batch);
    this.#written = new Promise((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
    this.#written.catch(() => {});
    worker.postMessage(batch, [bytes.buffer]);
  }

  /** @throws usage OUTPUT_WRITE */
  async settled(): Promise<void> {
    const wrong = await this.#written;
    this.#worker?.removeAllListeners();
    if (wrong === null) return;
    throw usageError('OUTPUT_WRITE', wrong.message, wrong.hint === null ? {} : { hint: wrong.hint });
  }

  /** Ends the thread, after what it writes. */
  async close(): Promise<void> {
    await this.#written.catch(() => {});
    await this.#worker?.terminate();
  }

  /** Ids ascend: a directory is entered once. */
  #enter(id: string): void {
    this.#digits = id.slice(0, this.#width);
    this.#directory = this.root;
    let at = 0;
    for (const digits of this.levels) {
      this.#directory = join(this.#directory, id.slice(at, at + digits));
      at += digits;
      attempt(this.#directory, () => mkdirSync(this.#directory, { recursive: true }));
    }
  }
}

function attempt<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof BursarError) throw error;
    throw outputError(join(dirname(path), basename(path)), error);
  }
}
