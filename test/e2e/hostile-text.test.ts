import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { JUDGED, OPTIONAL } from '../../src/lib/chain/answers.js';
import { Desk } from '../support/desk.js';
import { type Fault, FaultyProxy } from '../support/proxy.js';
import { runAtTerminal, terminals } from '../support/terminal.js';

/**
 * An endpoint that writes terminal escapes, changes of direction and letters of no width into every string that it can
 * send: what is printed, on both streams, as text, as JSON, with stacks and at the confirmation, shows them and does not do them.
 */

vi.setConfig({ testTimeout: 400_000, hookTimeout: 120_000 });

/** Goes to the upper left corner, clears, reverses, hides; in one-byte controls too. */
const NASTY =
  '\u001b[7;7H\u001b[2J\u009b7;7H\r\u0007\u202eOK\u2066\u200b\u061c\u00ad\u2028\u{e0041}\n✔ all is well';
/** What must not be there: everything invisible but the end of a line. */
const STEERS = /(?!\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

let desk: Desk;
let proxy: FaultyProxy;
beforeAll(async () => {
  desk = await Desk.open({ keys: ['operator'] });
  proxy = await FaultyProxy.start(desk.devnet.url);
});
afterAll(async () => {
  await proxy?.close();
  await desk?.close();
});

const COMMANDS = () => [
  ['stake', 'bond-extra', '--amount', '1UNIT', '--from', 'operator', '--dry-run', '--network', 'unguarded'],
  ['doctor', '--network', 'unguarded'],
];

/** Text with the nasty part inside, wherever an answer has text that is no hex. */
function poisoned(value: unknown): unknown {
  if (typeof value === 'string') return /^0x[0-9a-f]*$/i.test(value) ? value : `${value}${NASTY}`;
  if (Array.isArray(value)) return value.map(poisoned);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, poisoned(item)]));
}

/** Runs as text and as JSON, with stacks; @returns everything that was printed */
async function printed(words: readonly string[]): Promise<string> {
  const line = [...words, '--rpc', proxy.url, '--timeout', '6s'];
  const env = { BURSAR_DEBUG: '1' };
  const runs = await Promise.all([desk.run(line, { env }), desk.run([...line, '--json'], { env })]);
  for (const { code, stdout, stderr } of runs) {
    expect([0, 4, 5], `${line.join(' ')}\n${stdout}\n${stderr}`).toContain(code);
    for (const [name, text] of [
      ['stdout', stdout],
      ['stderr', stderr],
    ] as const) {
      const found = STEERS.exec(text);
      expect(
        found && JSON.stringify(text.slice(Math.max(0, found.index - 80), found.index + 20)),
        `${name} of bursar ${line.join(' ')}`,
      ).toBeNull();
      // Nor does a line of the endpoint's own begin on it.
      expect(text).not.toMatch(/^✔ all is well/m);
    }
  }
  JSON.parse(runs[1]!.stdout);
  return runs.map(({ stdout, stderr }) => stdout + stderr).join('');
}

beforeAll(async () => {
  // Whoever pins the genesis hash and the token sees less of what a node says; here all of it is shown.
  const { readFileSync, writeFileSync } = await import('node:fs');
  const config = JSON.parse(readFileSync(desk.configFile, 'utf8'));
  config.networks.unguarded = { endpoints: [proxy.url] };
  writeFileSync(desk.configFile, JSON.stringify(config), { mode: 0o600 });
});

test('in every string of every answer', async () => {
  let shown = 0;
  for (const method of JUDGED) {
    proxy.reset().on(method, { kind: 'alter', with: poisoned });
    for (const words of COMMANDS()) if ((await printed(words)).includes('[7;7H')) shown += 1;
  }
  // The chain's name and spec, at least, do get to the screen.
  expect(shown).toBeGreaterThan(1);
});

test('in the words and the data of every error', async () => {
  for (const method of JUDGED) {
    // Without decimals the amount of the command cannot be read: its own error, 2.
    if (method === 'system_properties') continue;
    const error: Fault = { kind: 'error', code: -32000, message: `no${NASTY}`, data: { why: NASTY } };
    proxy.reset().on(method, error);
    const text = await printed(COMMANDS()[0]!);
    // What a node may refuse is not shown, whatever its words.
    const isQuiet = OPTIONAL.has(method) || /^system_(chain|properties)$|^state_getMetadata$/.test(method);
    if (proxy.count(method) > 0 && !isQuiet) expect(text, method).toContain('\\u{1b}[7;7H');
  }
});

test('in the documentation that metadata have of an error', async () => {
  const docs = 'Cannot bond, nominate or validate with value less than';
  const hex = (text: string) => Buffer.from(text).toString('hex');
  const evil = `\u001b[7;7H\u001b[2J${'x'.repeat(docs.length - 10)}`;
  expect(Buffer.byteLength(evil)).toBe(docs.length);
  const alter: Fault = {
    kind: 'alter',
    with: (result) => String(result).replaceAll(hex(docs), hex(evil)),
  };
  proxy.reset().on('state_call', alter, { when: ([name]) => name === 'Metadata_metadata_at_version' });
  const call = await desk.encode({ pallet: 'Staking', call: 'bond', args: { value: 1n, payee: 'Staked' } });
  const words = ['tx', 'submit', call, '--from', 'nominator-free', '--dry-run', '--network', 'unguarded'];
  const account = desk.address('newcomer');
  words[words.indexOf('nominator-free')] = account;
  const env = { BURSAR_CACHE_DIR: `${desk.directory}/evil-cache` };
  const run = await desk.run([...words, '--rpc', proxy.url], { env });
  expect(`${run.stdout}${run.stderr}`).toContain('\\u{1b}[7;7H');
  expect(STEERS.test(`${run.stdout}${run.stderr}`)).toBe(false);
});

test.skipIf(!terminals)('at the confirmation, where a plan could be cleared and another drawn', async () => {
  proxy.reset().on('system_chain', { kind: 'alter', with: poisoned });
  const { screen } = await runAtTerminal(
    `stake bond-extra --amount 1UNIT --from operator --network unguarded --rpc ${proxy.url}`,
    [['Sign with', 'n\r']],
    desk.environment,
  );
  expect(screen).toContain('\\u{1b}[7;7H');
  for (const control of ['\u001b[7;7H', '\u009b', '\u202e', '\u2066', '\u200b', '\u061c', '\u2028'])
    expect(screen.includes(control), `${JSON.stringify(control)} in ${JSON.stringify(screen)}`).toBe(false);
});
