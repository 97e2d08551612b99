/** The development chain as commands serve it: start, print, run until interrupted. */

import type { DevnetOptions, ForkOptions } from '../../devnet/index.js';
import type { OpenChain } from '../lib/chain/connect.js';
import { preconditionError } from '../lib/errors.js';
import { showUrl } from '../lib/shown.js';
import type { View } from '../lib/view.js';
import type { Report } from './base.js';
import type { DevnetResult } from './results.js';

export async function serveDevnet(
  /** `directory`: where the kit is laid, if it was chosen; else `home`, with the port where it is not the usual one. */
  options: DevnetOptions & { readonly directory?: string; readonly home: string },
): Promise<Report<'devnet.up/1'>> {
  const { DEFAULT_PORT, startDevnet } = await import('../../devnet/index.js');
  const { writeKit } = await import('../../devnet/kit.js');
  const { directory: chosen, home, ...start } = options;
  const devnet = await startDevnet(start);
  try {
    const { url, genesisHash, port, specName } = devnet;
    // Two chains at once must not write over each other's configuration and journal.
    const directory = chosen ?? (port === DEFAULT_PORT ? home : `${home}-${port}`);
    const accounts = Object.values(devnet.accounts).map(({ name, address, about }) => ({
      name,
      address,
      about,
    }));
    const kit = await writeKit({
      directory,
      url,
      genesisHash,
      specName,
      accounts: Object.values(devnet.accounts),
      fresh: start.state === undefined,
    });
    const result: DevnetResult = {
      url,
      genesisHash,
      block: devnet.chain.head.number,
      accounts,
      configFile: kit.configFile,
    };
    return {
      schema: 'devnet.up/1',
      result,
      view: upView(result, kit.keys),
      serve: (signal) => untilStopped(signal, () => devnet.close()),
    };
  } catch (error) {
    await devnet.close();
    throw error;
  }
}

export async function serveFork(options: ForkOptions): Promise<Report<'devnet.fork/1'>> {
  const { forkDevnet } = await import('../../devnet/index.js');
  const devnet = await forkDevnet(options);
  try {
    // What is signed on top of a block that only the fork has is valid nowhere else.
    await devnet.newBlock();
  } catch (error) {
    await devnet.close();
    throw error;
  }
  const result: DevnetResult = {
    url: devnet.url,
    genesisHash: devnet.genesisHash,
    block: devnet.chain.head.number,
    accounts: [],
    configFile: null,
  };
  return {
    schema: 'devnet.fork/1',
    result,
    view: forkView(result, showUrl(options.url)),
    serve: (signal) => untilStopped(signal, () => devnet.close()),
  };
}

/** Asks the chain behind an endpoint to build blocks. @throws precondition NOT_A_DEVNET */
export async function advance(chain: OpenChain, by: { readonly blocks: number } | { readonly eras: number }) {
  const { RpcError } = await import('../lib/chain/rpc.js');
  try {
    await chain.rpc.requestOnce('dev_advance', [by]);
  } catch (error) {
    if (!(error instanceof RpcError) || error.code !== -32601) throw error;
    throw preconditionError('NOT_A_DEVNET', `${chain.endpoint} is not a development chain.`, {
      hint: 'Start one with `bursar devnet up`.',
    });
  }
  const { headOf } = await import('../lib/tx/locate.js');
  const head = await headOf(chain, 'best');
  const [era] = chain.hasStorage('Staking', 'ActiveEra')
    ? await chain.read([{ pallet: 'Staking', item: 'ActiveEra' }], head.hash)
    : [null];
  return {
    endpoint: chain.endpoint,
    block: head.number,
    era: (era as { index: number } | null)?.index ?? null,
  };
}

async function untilStopped(signal: AbortSignal, close: () => Promise<void>): Promise<void> {
  if (!signal.aborted)
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  await close();
}

/** Validators and the crowd are many; `devnet up --json` lists them all. */
const isCrowd = (name: string): boolean => /^[vn]\d+$/.test(name);

function upView(result: DevnetResult, keys: readonly string[]): View {
  const shown = result.accounts.filter(({ name }) => !isCrowd(name));
  const hidden = result.accounts.length - shown.length;
  return {
    title: 'Development chain',
    subtitle: result.url,
    blocks: [
      {
        kind: 'keyValues',
        rows: [
          { key: 'genesis', value: result.genesisHash },
          { key: 'block', value: String(result.block) },
          { key: 'configuration', value: String(result.configFile) },
        ],
      },
      {
        kind: 'table',
        columns: [{ header: 'account' }, { header: 'address' }, { header: 'key' }, { header: 'what it is' }],
        rows: shown.map(({ name, address, about }) => [
          name,
          address,
          keys.includes(name) ? 'yes' : '–',
          about,
        ]),
      },
      {
        kind: 'note',
        tone: 'muted',
        text: `${hidden} more accounts: validators v01… (with keys), nominators n01…; --json lists them.`,
      },
      { kind: 'heading', text: 'In another terminal' },
      {
        kind: 'code',
        text: `export BURSAR_CONFIG=${result.configFile}\nbursar stake status operator\nbursar stake bond-extra --amount 25UNIT --from operator --dry-run`,
      },
      { kind: 'note', tone: 'muted', text: 'Ctrl-C stops it.' },
    ],
  };
}

function forkView(result: DevnetResult, upstream: string): View {
  return {
    title: 'Fork',
    subtitle: result.url,
    blocks: [
      {
        kind: 'keyValues',
        rows: [
          { key: 'of', value: upstream },
          { key: 'genesis', value: result.genesisHash },
          { key: 'block', value: String(result.block) },
        ],
      },
      {
        kind: 'note',
        tone: 'warn',
        text: 'The genesis hash is the live chain’s: what you sign here could be sent there until it expires. Use keys and short validity (--mortality) accordingly.',
      },
      {
        kind: 'note',
        tone: 'muted',
        text: `bursar stake status ADDRESS --rpc ${result.url}. What is sent to it: bursar tx history --forks. Ctrl-C stops it.`,
      },
    ],
  };
}
