/** Pages for tests: every one is written by the built program, as its users get it. */
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { toHex } from '../../../src/lib/pofbs/gpmp.js';
import { makeManifest, manifestBytes, parseManifest } from '../../../src/lib/pofbs/manifest.js';
import type { Manifest } from '../../../src/lib/pofbs/types.js';
import { run } from '../../cli/process.js';
import { type Balances, saltOf, walletOf } from '../../lib/pofbs/custodyEpochs.js';

/** Polkadot Asset Hub, so that the page has a name for it. */
export const CHAIN = '0x68d56f15f85d3136970ec16946040bc1752654e906147f7e43e9d539d7c3de2f';
export const CUSTODY = `0x${'22'.repeat(32)}`;
export const EPOCH = 1;

/** Runs a command that must end with a code. */
export async function bursar(args: readonly string[], code = 0): Promise<string> {
  const ended = await run(args);
  if (ended.code !== code) throw new Error(`${args.join(' ')} ended with ${ended.code}: ${ended.stderr}`);
  return ended.stdout;
}

/** The directory of an epoch of some assets, all of six decimals. */
export async function buildEpoch(
  directory: string,
  assets: Readonly<Record<string, Balances>>,
): Promise<void> {
  const names = Object.keys(assets);
  const lines = names.flatMap((asset) =>
    Object.entries(assets[asset] as Balances).map(([name, amounts]) =>
      [toHex(walletOf(name)), asset, ...amounts, toHex(saltOf(name, EPOCH))].join(','),
    ),
  );
  mkdirSync(directory, { recursive: true });
  const ledger = join(directory, 'ledger');
  writeFileSync(ledger, `wallet,asset,total,withdrawable,request,salt\n${lines.join('\n')}\n`);
  await bursar([
    ...['pofbs', 'build', ledger, '--out', directory, '--decimals', '6', '--timestamp', '1800000000'],
    ...['--chain', CHAIN, '--custody', CUSTODY, '--epoch', String(EPOCH)],
    ...names.flatMap((name) => ['--asset', name]),
  ]);
  rmSync(ledger);
}

export const manifestIn = (directory: string): Manifest =>
  parseManifest(new Uint8Array(readFileSync(join(directory, 'manifest.json'))));

/** The same epoch with something else in its statement, in order in itself; the lines are as they were. */
export function remade(from: string, to: string, change: (manifest: Manifest) => Partial<Manifest>): void {
  const manifest = manifestIn(from);
  const { format: _, withdrawableBasis: __, gpmp: ___, digest: ____, ...input } = manifest;
  mkdirSync(to, { recursive: true });
  for (const { file } of manifest.assets) copyFileSync(join(from, file), join(to, file));
  writeFileSync(join(to, 'manifest.json'), manifestBytes(makeManifest({ ...input, ...change(manifest) })));
}

/** What `pofbs explain --html` writes. */
export async function pageOf(path: string, flags: readonly string[] = [], code = 0): Promise<string> {
  const file = `${path.replace(/\/$/, '')}.page.html`;
  await bursar(['pofbs', 'explain', path, '--html', file, ...flags], code);
  return readFileSync(file, 'utf8');
}

const DATA = /(<script type="application\/json" id="app-data">)(.*?)(<\/script>)/s;

/** A page whose data somebody changed; its script and its policy are as they were written. */
export function changed(page: string, change: (data: PageJson) => object): string {
  const [, , text = ''] = DATA.exec(page) ?? [];
  const data = JSON.parse(text) as PageJson;
  const json = JSON.stringify({ ...data, ...change(data) }).replaceAll('<', '\\u003c');
  return page.replace(DATA, (_, before: string, __, after: string) => `${before}${json}${after}`);
}

export interface PageJson {
  readonly header: { readonly timestamp: number };
  readonly assets: readonly { readonly asset: string; readonly total: string }[];
  readonly snapshots: readonly string[] | null;
}
