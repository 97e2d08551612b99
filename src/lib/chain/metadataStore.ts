/**
 * Metadata that is kept between runs, and on whose word. A node can serve any metadata, so an entry belongs to the
 * endpoints that served it: it is used for another one only when two connections whose chain was configured have served
 * the same. What an endpoint served before is also the memory against which it is held later.
 *
 * Two files: `<sha256>.metadata` has the bytes and proves itself by its name; `<chain>.json` is the index of a runtime.
 */

import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { showUrl } from '../shown.js';
import type { ChainIdentity } from './types.js';

/** The runtime that metadata is of. */
export interface RuntimeKey extends Pick<ChainIdentity, 'genesisHash' | 'specName' | 'specVersion'> {
  /** Hash of the runtime's code in the state, as the endpoint says; null where it does not. */
  readonly codeHash: string | null;
}

/** What is known of one piece of metadata. */
export interface MetadataRecord {
  /** SHA-256 of the bytes, hex: two endpoints that serve the same are seen by it. */
  readonly sha256: string;
  readonly key: RuntimeKey;
  /** Endpoints, as they may be shown, that served other metadata for a runtime of this version. */
  readonly rivals: readonly string[];
  /** Whether the chain's genesis hash was configured for one of them: then they may be right. */
  readonly rivalled: boolean;
  /**
   * Pallets and runtime API methods that a runtime of this very version had, and this metadata does not have. Only what
   * two guarded endpoints served is remembered for others, and what a guarded one served for itself: anybody can invent one.
   */
  readonly lacks: readonly string[];
  /** Whether two endpoints, or a transaction that was included, showed that this runtime checks the metadata hash. */
  readonly commits: boolean;
  /** Where this memory is kept, for a person who has to correct it. */
  readonly file: string | null;
}

interface Source {
  /** SHA-256 of the endpoint's address as configured, which may hold a secret. */
  readonly id: string;
  /** As it may be shown. */
  readonly endpoint: string;
  /** Whether the chain's genesis hash was configured for that connection. */
  readonly guarded: boolean;
}

interface Entry {
  readonly sha256: string;
  readonly codeHash: string | null;
  /** Of the metadata's format: one endpoint may refuse what another serves. */
  readonly version: number;
  readonly pallets: readonly string[];
  readonly apis: readonly string[];
  readonly sources: readonly Source[];
  readonly commits?: boolean;
  /** Digests by the token that they were made with. */
  readonly digests?: Readonly<Record<string, string>>;
}

interface Index {
  readonly format: typeof FORMAT;
  readonly genesisHash: string;
  readonly specName: string;
  readonly specVersion: number;
  readonly entries: readonly Entry[];
}

/** Changed with the form of the files: what older versions wrote, with a doubtful provenance, is not read. */
const FORMAT = 'bursar.metadata/3';
/** More would be a sign of endpoints that serve something else every time. */
const MOST_ENTRIES = 16;
const MOST_SOURCES = 32;

/** What metadata contains, for {@link MetadataStore.keep}. */
export interface Shape {
  readonly version: number;
  readonly pallets: readonly string[];
  readonly apis: readonly string[];
}

export class MetadataStore {
  readonly #directory: string | undefined;
  readonly #guarded: boolean;

  /**
   * @param directory nothing is kept without it
   * @param guarded whether the connections of this run are held to a configured genesis hash
   */
  constructor(directory: string | undefined, guarded: boolean) {
    this.#directory = directory;
    this.#guarded = guarded;
  }

  /** The metadata of a runtime that may serve an endpoint: 0x hex, and its record. @param url as configured */
  async find(
    key: RuntimeKey,
    url: string,
  ): Promise<{ readonly metadata: string; readonly record: MetadataRecord } | undefined> {
    if (key.codeHash === null) return undefined;
    const entries = await this.#entries(key);
    const id = idOf(url);
    for (const entry of entries) {
      if (entry.codeHash !== key.codeHash) continue;
      if (!entry.sources.some((source) => source.id === id) && !isConfirmed(entry)) continue;
      const bytes = await readFile(join(this.#directory as string, `${entry.sha256}.metadata`)).catch(
        () => undefined,
      );
      if (bytes === undefined || sha256(bytes) !== entry.sha256) continue;
      return { metadata: `0x${bytes.toString('hex')}`, record: this.#record(key, entry, entries, id) };
    }
    return undefined;
  }

  /** Keeps what an endpoint served: a further source of what is known, or an entry of its own. @param url as configured */
  async keep(key: RuntimeKey, url: string, metadata: string, shape: Shape): Promise<MetadataRecord> {
    const bytes = Buffer.from(metadata.slice(2), 'hex');
    const digest = sha256(bytes);
    const entries = await this.#entries(key);
    const known = entries.find((entry) => entry.sha256 === digest && entry.codeHash === key.codeHash);
    const entry: Entry = withSource(
      known ?? { sha256: digest, codeHash: key.codeHash, ...shape, sources: [] },
      this.#source(url),
    );
    // What is confirmed is not pushed out by an endpoint that serves something else every time.
    const others = entries.filter((one) => one !== known);
    const ranked = [...others.filter(isConfirmed), ...others.filter((one) => !isConfirmed(one))];
    await this.#write(key, [entry, ...ranked.slice(0, MOST_ENTRIES - 1)], { digest, bytes });
    await this.#forget(ranked.slice(MOST_ENTRIES - 1));
    return this.#record(key, entry, entries, idOf(url));
  }

  /** Notes that another endpoint served the same. */
  async confirm({ key, sha256: digest }: MetadataRecord, url: string): Promise<void> {
    await this.#change(key, digest, (entry) => withSource(entry, this.#source(url)));
  }

  /** Whether an endpoint is known to have served this metadata for this code. */
  async served({ key, sha256: digest }: MetadataRecord, url: string): Promise<boolean> {
    const id = idOf(url);
    return (await this.#entries(key)).some(
      (entry) =>
        entry.sha256 === digest &&
        entry.codeHash === key.codeHash &&
        entry.sources.some((source) => source.id === id),
    );
  }

  /**
   * Notes that the chain checks the metadata hash: a node that says later that it does not is not believed. To be called
   * only when it is more than one endpoint's word; on a connection that is not guarded nothing is noted.
   */
  async committed({ key, sha256: digest, commits }: MetadataRecord): Promise<void> {
    if (!commits && this.#guarded) await this.#change(key, digest, (entry) => ({ ...entry, commits: true }));
  }

  /** A digest that was made earlier. @param token what it was made with, besides the metadata */
  async digest({ key, sha256: digest }: MetadataRecord, token: string): Promise<string | undefined> {
    const entry = (await this.#entries(key)).find((one) => one.sha256 === digest);
    const kept = entry?.digests;
    return kept !== undefined && Object.hasOwn(kept, token) ? kept[token] : undefined;
  }

  async keepDigest({ key, sha256: digest }: MetadataRecord, token: string, value: string): Promise<void> {
    await this.#change(key, digest, (entry) => ({
      ...entry,
      digests: { ...entry.digests, [token]: value },
    }));
  }

  #source(url: string): Source {
    return { id: idOf(url), endpoint: showUrl(url), guarded: this.#guarded };
  }

  #record(key: RuntimeKey, entry: Entry, entries: readonly Entry[], id: string): MetadataRecord {
    const rivals = entries.filter((one) => one.sha256 !== entry.sha256 && one.version === entry.version);
    const has = new Set([...entry.pallets, ...entry.apis]);
    const isOwn = ({ sources }: Entry) => sources.some((source) => source.guarded && source.id === id);
    const remembered = new Set(
      entries
        .filter((one) => isConfirmed(one) || isOwn(one))
        .flatMap(({ pallets, apis }) => [...pallets, ...apis]),
    );
    const rivalSources = rivals.flatMap(({ sources }) => sources);
    return {
      sha256: entry.sha256,
      key,
      rivals: [...new Set(rivalSources.map(({ endpoint }) => endpoint))],
      rivalled: rivalSources.some(({ guarded }) => guarded),
      lacks: [...remembered].filter((name) => !has.has(name)).sort(),
      commits: [entry, ...entries].some(({ commits }) => commits === true),
      file: this.#directory === undefined ? null : this.#file(key),
    };
  }

  #file({ genesisHash, specName, specVersion }: RuntimeKey): string {
    const name = specName.replace(/[^\w-]/g, '').slice(0, 60);
    return join(this.#directory as string, `${genesisHash.slice(2, 18)}-${name}-${specVersion}.json`);
  }

  async #entries(key: RuntimeKey): Promise<readonly Entry[]> {
    if (this.#directory === undefined) return [];
    try {
      const index = JSON.parse(await readFile(this.#file(key), 'utf8')) as Index;
      const isOfThis =
        index.format === FORMAT &&
        index.genesisHash === key.genesisHash &&
        index.specName === key.specName &&
        index.specVersion === key.specVersion;
      return isOfThis && index.entries.every(isEntry) ? index.entries : [];
    } catch {
      return []; // none yet, or damaged: what the chain says replaces it
    }
  }

  async #change(key: RuntimeKey, digest: string, change: (entry: Entry) => Entry): Promise<void> {
    const entries = await this.#entries(key);
    const isMeant = (entry: Entry) => entry.sha256 === digest && entry.codeHash === key.codeHash;
    if (entries.some(isMeant))
      await this.#write(
        key,
        entries.map((entry) => (isMeant(entry) ? change(entry) : entry)),
      );
  }

  async #forget(entries: readonly Entry[]): Promise<void> {
    for (const { sha256 } of entries)
      await unlink(join(this.#directory as string, `${sha256}.metadata`)).catch(() => {});
  }

  /** The cache is a convenience: a read-only or full disk must not stop a command. */
  async #write(
    key: RuntimeKey,
    entries: readonly Entry[],
    blob?: { readonly digest: string; readonly bytes: Buffer },
  ): Promise<void> {
    const { genesisHash, specName, specVersion } = key;
    const directory = this.#directory;
    if (directory === undefined) return;
    try {
      await mkdir(directory, { recursive: true, mode: 0o700 });
      if (blob) await replace(join(directory, `${blob.digest}.metadata`), blob.bytes);
      const index: Index = { format: FORMAT, genesisHash, specName, specVersion, entries };
      await replace(this.#file(key), JSON.stringify(index));
    } catch {
      // The next run fetches it again.
    }
  }
}

/** Two connections that were held to a configured chain served the same. */
const isConfirmed = ({ sources }: Entry): boolean =>
  new Set(sources.filter(({ guarded }) => guarded).map(({ id }) => id)).size >= 2;

function withSource(entry: Entry, source: Source): Entry {
  const known = entry.sources.find(({ id }) => id === source.id);
  if (known && (known.guarded || !source.guarded)) return entry;
  const others = entry.sources.filter(({ id }) => id !== source.id);
  return { ...entry, sources: [source, ...others].slice(0, MOST_SOURCES) };
}

const isEntry = (value: unknown): value is Entry => {
  const { sha256, codeHash, version, pallets, apis, sources } = (value ?? {}) as Partial<Entry>;
  const areNames = (list: unknown) => Array.isArray(list) && list.every((one) => typeof one === 'string');
  return (
    /^[0-9a-f]{64}$/.test(String(sha256)) &&
    (codeHash === null || typeof codeHash === 'string') &&
    typeof version === 'number' &&
    areNames(pallets) &&
    areNames(apis) &&
    Array.isArray(sources) &&
    sources.every((one) => typeof one?.id === 'string' && typeof one.endpoint === 'string')
  );
};

async function replace(file: string, content: string | Buffer): Promise<void> {
  const beside = `${file}.${process.pid}`;
  await writeFile(beside, content, { mode: 0o600 });
  await rename(beside, file);
}

const sha256 = (content: Buffer | string): string => createHash('sha256').update(content).digest('hex');
const idOf = (url: string): string => sha256(url);
