/** What the validators commands share: whose word counts for operators, which formula, and the facts. */

import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { custom, option, string } from '@oclif/core/flags';
import type { Settings } from '../config/types.js';
import type { OpenChain } from '../lib/chain/connect.js';
import { usageError } from '../lib/errors.js';
import type { Saved } from '../lib/validators/list.js';
import type { Method } from '../lib/validators/ranking.js';
import type { Snapshot } from '../lib/validators/snapshot.js';
import type { Facts } from '../lib/validators/types.js';
import { ChainCommand } from './chainCommand.js';
import { CHAIN_EXITS } from './exitCodes.js';
import { chainFlags, countFlag, endpointFlag, globalFlags } from './flags.js';

/** `7.5%` → 0.075. */
export const percentFlag = custom<number>({
  helpValue: 'PERCENT',
  parse: async (text) => {
    const { Perbill } = await import('../lib/numeric/perthing.js');
    return Number(Perbill.parse(text)) / 1e9;
  },
});

export const validatorFlags = {
  eras: countFlag({ min: 1, description: 'how many ended eras to read; default all that the chain keeps' }),
  'identity-rpc': endpointFlag({
    description:
      'endpoint of the chain that has the identities, such as the People chain, where the chain itself has none',
  }),
  operators: string({
    helpValue: 'FILE',
    description: 'file with one validator a line and who runs it; goes before identities',
  }),
};

const FORMULAS = ['whitepaper', 'additive', 'nominateClientAsShipped', 'weighted'] as const;
const REPUTATIONS = ['named', 'judged', 'any'] as const;

export const methodFlags = {
  formula: option({ options: FORMULAS })({
    description: 'default whitepaper; the weights are in the configuration',
  }),
  reputation: option({ options: REPUTATIONS })({
    description:
      'who counts as reputable: has an identity that no registrar found bad (default), was judged good, or anybody',
  }),
};

interface SourceFlags {
  readonly eras?: number | undefined;
  readonly 'identity-rpc'?: string | undefined;
  readonly operators?: string | undefined;
}

interface MethodFlags {
  readonly formula?: Method['formula'] | undefined;
  readonly reputation?: Method['reputation'] | undefined;
}

/** Operators' files and snapshots beyond this are mistakes. */
const MAX_FILE = 64 * 1024 * 1024;

export abstract class ValidatorsCommand extends ChainCommand {
  // oclif's manifest stops to look for inherited statics at a class that has none of its own.
  static override baseFlags = { ...chainFlags, ...globalFlags };
  static override exitCodes = CHAIN_EXITS;

  /** @param accounts to have among the facts even if they do not validate */
  protected async facts(
    settings: Settings,
    chain: OpenChain,
    flags: SourceFlags,
    accounts: readonly string[] = [],
  ): Promise<Facts> {
    const { readFacts } = await import('../lib/validators/facts.js');
    const { operatorsFrom } = await import('../lib/validators/whoRuns.js');
    const path = flags.operators ?? settings.validators.operatorsFile;
    const file = path === undefined ? undefined : await operatorsFile(path, chain.token.ss58Prefix);
    const identityChain = await this.#identityChain(settings, chain, flags['identity-rpc']);
    return readFacts(chain, {
      ...(flags.eras === undefined ? {} : { eras: flags.eras }),
      ...(settings.eraMs === undefined ? {} : { eraMs: settings.eraMs }),
      accounts,
      operators: operatorsFrom(chain, {
        ...(identityChain === undefined ? {} : { identityChain }),
        ...(file === undefined ? {} : { file }),
      }),
      onProgress: this.progress.stage,
    });
  }

  /** Another chain's identities are not checked against a genesis hash: what they say is somebody's word anyway. */
  async #identityChain(
    settings: Settings,
    chain: OpenChain,
    named: string | undefined,
  ): Promise<OpenChain | undefined> {
    const endpoints = named === undefined ? settings.identityEndpoints : [named];
    if (endpoints.length === 0) return undefined;
    const { ss58Prefix } = chain.token;
    return (await this.connect({ ...settings, endpoints, expect: {}, token: { ss58Prefix } })) as OpenChain;
  }

  protected async method(settings: Settings, flags: MethodFlags): Promise<Method> {
    const { DEFAULT_WEIGHTS } = await import('../lib/validators/score.js');
    const { validators: config } = settings;
    const given = Object.entries(config.weights ?? {}).filter(([, value]) => value !== undefined);
    return {
      formula: flags.formula ?? config.formula ?? 'whitepaper',
      reputation: flags.reputation ?? config.reputation ?? 'named',
      weights: { ...DEFAULT_WEIGHTS, ...Object.fromEntries(given) },
    };
  }

  /** Addresses of named accounts, also those of a file. */
  protected async accounts(
    settings: Settings,
    chain: OpenChain,
    named: readonly string[],
    file: string | undefined,
  ): Promise<string[]> {
    const { readTargets } = await import('./targets.js');
    const { resolveAccounts } = await import('../lib/keys/addresses.js');
    const names = file === undefined ? named : await readTargets(named, file);
    const found = await resolveAccounts(names, settings.keysDir, { ss58Prefix: chain.token.ss58Prefix });
    return [...new Set(found)];
  }

  /** Writes a snapshot: whole or not at all, readable by everybody. */
  protected async save(file: string | undefined, snapshot: () => Snapshot): Promise<Saved | null> {
    if (file === undefined) return null;
    const { encodeSnapshot } = await import('../lib/validators/snapshot.js');
    const { assertReplaceable } = await import('../lib/replace.js');
    const { quoteReadable } = await import('../lib/numeric/text.js');
    const shown = quoteReadable(file, 200);
    await assertReplaceable(file, { what: 'snapshot', shown, begins: /^\{"content":\{"facts":/ });
    const { text, sha256 } = encodeSnapshot(snapshot());
    await writeText(file, text);
    return { file, sha256 };
  }
}

/** @throws usage FILE_WRITE */
export async function writeText(file: string, text: string): Promise<void> {
  const { default: writeFileAtomic } = await import('write-file-atomic');
  const { quoteReadable } = await import('../lib/numeric/text.js');
  try {
    await writeFileAtomic(file, text, { mode: 0o644 });
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code ?? 'unknown';
    throw usageError('FILE_WRITE', `${quoteReadable(file, 200)} cannot be written: ${writeFault(code)}.`, {
      hint: 'Name a file in a directory that exists and that you may write to.',
      cause,
    });
  }
}

const WRITE_FAULTS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such directory',
  ENOTDIR: 'a part of its path is no directory',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EISDIR: 'it is a directory',
};

const writeFault = (code: string): string => WRITE_FAULTS[code] ?? `the system refused (${code})`;

/** The text of a file that the user named; - is stdin. @throws usage FILE_READ */
export async function readText(file: string, what: string): Promise<string> {
  const { quoteReadable } = await import('../lib/numeric/text.js');
  try {
    const bytes = await readFile(file === '-' ? '/dev/stdin' : file);
    if (bytes.length > MAX_FILE) throw new Error('it is larger than 64 MiB');
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    const why = code === 'ENOENT' ? 'it does not exist' : (code ?? message);
    throw usageError('FILE_READ', `${quoteReadable(file, 200)}, the ${what}, cannot be read: ${why}.`, {
      hint: 'Check the name of the file.',
      cause,
    });
  }
}

async function operatorsFile(path: string, ss58Prefix: number) {
  const { parseOperators } = await import('../lib/validators/operators.js');
  const text = await readText(path, "operators' file");
  const sha256 = createHash('sha256').update(text).digest('hex');
  return { names: parseOperators(text, ss58Prefix), sha256 };
}
