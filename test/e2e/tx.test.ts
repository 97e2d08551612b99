import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { RuntimeCall } from '../../src/lib/tx/plan.js';
import { Desk, type Printed, type Running } from '../support/desk.js';
import { deadUrl, FaultyProxy } from '../support/proxy.js';
import { assertMatchesSchema } from '../support/schema.js';

// A test is a dozen processes, on a machine that may have other work.
vi.setConfig({ testTimeout: 240_000 });

let desk: Desk;
const folders: string[] = [];

beforeAll(async () => {
  desk = await Desk.open({ keys: ['alice', 'bob', 'operator', 'operator-proxy'] });
});
afterAll(async () => {
  await desk?.close();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'bursar-e2e-'));
  folders.push(made);
  return made;
}

const remark: RuntimeCall = { pallet: 'System', call: 'remark_with_event', args: { remark: '0x68656c6c6f' } };

describe('tx', () => {
  test('inspect: a batch in a proxy, down to the innermost call, with names and amounts', async () => {
    const calls: RuntimeCall[] = [
      { pallet: 'Staking', call: 'rebond', args: { value: 125_000_000_000n } },
      { pallet: 'Staking', call: 'bond_extra', args: { max_additional: 255_000_000_000n } },
      { pallet: 'Staking', call: 'set_payee', args: { payee: { Account: desk.address('bob') } } },
    ];
    const hex = await desk.encode({
      pallet: 'Proxy',
      call: 'proxy',
      args: {
        real: desk.address('operator'),
        force_proxy_type: 'Staking',
        call: { pallet: 'Utility', call: 'batch_all', args: { calls: calls as never } } as never,
      },
    });
    const { json, text } = await desk.both(['tx', 'inspect', hex], 0);
    expect(json.result).toMatchObject({ kind: 'call', callHex: hex, signer: null, included: null });
    const batch = json.result.call.args.call;
    expect([json.result.call.call, batch.call]).toEqual(['proxy', 'batch_all']);
    expect(batch.args.calls.map(({ call }: RuntimeCall) => call)).toEqual([
      'rebond',
      'bond_extra',
      'set_payee',
    ]);
    expect(batch.args.calls[1].args.max_additional).toBe('255000000000');
    const order = [
      'Proxy.proxy',
      desk.address('operator'),
      'Utility.batch_all',
      'Staking.rebond',
      '12.5 UNIT',
      'Staking.bond_extra',
      '25.5 UNIT',
      'Staking.set_payee',
      desk.address('bob'),
    ];
    const places = order.map((words) => text.stdout.indexOf(words));
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places).not.toContain(-1);
  });
  test('submit, status, history, and inspect by hash: from here, from elsewhere, and of nothing', async () => {
    const hex = await desk.encode(remark);
    const dry = await desk.json(['tx', 'submit', hex, '--from', desk.address('alice'), '--dry-run']);
    expect(dry.result).toMatchObject({ dryRun: true, outcome: null, call: { hex } });
    const sent = await desk.json(['tx', 'submit', hex, hex, '--from', 'alice', '--yes', '--tip', '0.5UNIT']);
    const { txHash, block, index, fee } = sent.result.outcome;
    expect(BigInt(fee)).toBeGreaterThan(5_000_000_000n);
    expect(sent.result.outcome.tree.call.call).toBe('batch_all');
    // Another machine: its journal is not here, so blocks are searched.
    const elsewhere = { env: { BURSAR_JOURNAL_DIR: join(desk.directory, 'elsewhere') } };
    const foreign = await desk.json(['tx', 'submit', hex, '--from', 'bob', '--yes'], 0, elsewhere);
    const foreignHash = foreign.result.outcome.txHash;

    const [known, found] = await Promise.all([
      desk.json(['tx', 'status', txHash]),
      desk.json(['tx', 'status', foreignHash]),
    ]);
    expect(known.result).toMatchObject({ record: { txHash, title: '2 calls' }, outcome: { block, index } });
    expect(found.result).toMatchObject({ record: null, outcome: { txHash: foreignHash, verdict: 'ok' } });

    const history = await desk.both(['tx', 'history', '--network', 'devnet'], 0);
    expect(history.json.result.transactions.map((one: { txHash: string }) => one.txHash)).toEqual([txHash]);
    expect(history.text.stdout).toContain(txHash);
    expect(history.text.stdout).toContain(`ok, block ${block.number}`);
    expect(
      (await desk.json(['tx', 'history', '--limit', '1'], 0, elsewhere)).result.transactions,
    ).toHaveLength(1);

    const chain = await desk.chain();
    const answer = await chain.rpc.request<{ block: { extrinsics: string[] } }>('chain_getBlock', [
      block.hash,
    ]);
    const extrinsic = answer.block.extrinsics[index]!;
    const inspected = await Promise.all(
      [txHash, sent.result.call.hash, foreignHash, extrinsic].map((what) =>
        desk.json(['tx', 'inspect', what]),
      ),
    );
    const kinds = inspected.map(({ result }) => [result.kind, result.call.call, result.signer]);
    expect(kinds).toEqual([
      ['journal', 'batch_all', desk.address('alice')],
      ['journal', 'batch_all', desk.address('alice')],
      ['included', 'remark_with_event', desk.address('bob')],
      ['extrinsic', 'batch_all', desk.address('alice')],
    ]);
    expect(inspected[3]!.result).toMatchObject({ nonce: 0, tip: '5000000000' });
    expect(inspected[0]!.result.included.block).toEqual(block);

    const nothing = `0x${'77'.repeat(32)}`;
    for (const verb of ['inspect', 'status']) {
      const { json, text } = await desk.both(['tx', verb, nothing, '--blocks', '3'], 4);
      expect(json.error?.code).toBe('TX_NOT_FOUND');
      expect(text.stderr).toContain('--blocks');
    }
    const bad = await desk.json(['tx', 'inspect', '0x123'], 2);
    expect(bad.error?.code).toBe('TX_DATA');
  });
});

describe('doctor', () => {
  const ids = ({ result }: Printed) => result.checks.map(({ id }: { id: string }) => id);
  test('0: everything in order', async () => {
    const { json, text } = await desk.both(['doctor'], 0);
    expect(json.result.checks.every(({ ok }: { ok: unknown }) => ok === true)).toBe(true);
    expect(ids(json)).toEqual(
      expect.arrayContaining(['NODE', 'KEYS', 'JOURNAL', 'ENDPOINT', 'IDENTITY', 'STAKING', 'DRY_RUN']),
    );
    expect(text.stdout).toContain('bursar-devnet');
    expect(text.stdout.split('\n').length).toBeGreaterThan(10);
  });
  test('4: another chain, a key file that others can read; both are told', async () => {
    const proxy = await FaultyProxy.start(desk.devnet.url);
    proxy.on(
      'chain_getBlockHash',
      { kind: 'alter', with: () => `0x${'cd'.repeat(32)}` },
      { when: ([number]) => number === 0 },
    );
    const { json, text } = await desk.both(['doctor', '--rpc', proxy.url], 4);
    expect(json.error?.code).toBe('IDENTITY');
    expect(json.result.exit).toBe(4);
    expect(text.stdout).toContain('another chain');
    await proxy.close();
    const file = join(desk.directory, 'keys', 'bob.json');
    chmodSync(file, 0o644);
    const keys = await desk.json(['doctor'], 4);
    chmodSync(file, 0o600);
    expect(keys.error).toMatchObject({ code: 'KEYS', hint: `chmod 600 ${file}` });
  });
  test('5: no endpoint, or no second one to compare with; one of two is only a warning', async () => {
    const dead = await deadUrl();
    const { json, text } = await desk.both(['doctor', '--rpc', dead, '--timeout', '5s'], 5);
    expect(json.error?.code).toBe('ENDPOINT');
    expect(text.stdout).toContain(dead);
    // Sending would end so, too; unless one endpoint is enough.
    const two = ['doctor', '--rpc', dead, '--rpc', desk.devnet.url];
    expect((await desk.json(two, 5)).error?.code).toBe('ENDPOINTS_UNCHECKED');
    const one = await desk.json([...two, '--agree', 'warn']);
    const endpoints = one.result.checks.filter(({ id }: { id: string }) => id === 'ENDPOINT');
    expect(endpoints.map(({ ok }: { ok: unknown }) => ok)).toEqual(['warn', true]);
  });
});

/** Waits for the one line that a server prints with --json when it answers. */
async function ready({ child }: Running): Promise<Printed> {
  let text = '';
  return new Promise((resolve, reject) => {
    child.stdout!.on('data', (chunk: string) => {
      text += chunk;
      if (text.endsWith('\n')) resolve(assertMatchesSchema(text) as unknown as Printed);
    });
    child.once('close', (code) => reject(new Error(`it ended with ${code}: ${text}`)));
  });
}

/** Interrupts a server: it ends well, and soon. */
async function stops(server: Running, signal: NodeJS.Signals): Promise<void> {
  const began = performance.now();
  server.child.kill(signal);
  const { code, stderr } = await server.ended;
  expect([code, stderr]).toEqual([0, expect.not.stringMatching(/error|at .*:\d+/)]);
  expect(performance.now() - began).toBeLessThan(3_000);
}

describe('devnet', () => {
  test('up: another process works with the configuration that it wrote; advance; port taken; Ctrl-C', async () => {
    const directory = folder();
    const kit = join(directory, 'kit');
    const server = desk.start(['devnet', 'up', '--port', '0', '--dir', kit, '--json'], {
      env: { BURSAR_CONFIG: '' },
    });
    const { schema, result } = await ready(server);
    expect(schema).toBe('bursar/devnet.up/1');
    expect(result).toMatchObject({ block: 32, configFile: join(kit, 'config.json') });
    expect(result.genesisHash).toBe(desk.devnet.genesisHash);
    expect(result.accounts.map(({ name }: { name: string }) => name)).toEqual(
      expect.arrayContaining([
        'alice',
        'operator',
        'operator-proxy',
        'nominator',
        'newcomer',
        'council',
        'v01',
      ]),
    );
    const env = { BURSAR_CONFIG: result.configFile as string };
    const line = ['stake', 'bond', '--amount', '150UNIT', '--from', 'newcomer', '--yes'];
    const bonded = await desk.json(line, 0, { env });
    expect(bonded.result.outcome).toMatchObject({ verdict: 'ok', block: { number: 33 } });
    const advanced = await desk.json(['devnet', 'advance', '--blocks', '2'], 0, { env });
    expect(advanced.result).toMatchObject({ block: 35, era: 5, endpoint: result.url });
    const era = await desk.text(['devnet', 'advance', '--eras', '1'], 0, { env });
    expect(era.stdout).toContain('Block 36, era 6.');
    const port = new URL(result.url as string).port;
    const taken = await desk.json(['devnet', 'up', '--port', port, '--dir', join(directory, 'other')], 5);
    expect(taken.error).toMatchObject({ code: 'PORT_TAKEN', message: expect.stringContaining(port) });
    await stops(server, 'SIGINT');
    expect(existsSync(result.configFile as string)).toBe(true);
    expect(readFileSync(join(kit, 'passphrase'), 'utf8')).toBe('devnet\n');
  });
  test('up for a person: endpoint, addresses, what to type', async () => {
    const server = desk.start(['devnet', 'up', '--port', '0', '--dir', join(folder(), 'kit'), '--manual']);
    let text = '';
    await new Promise<void>((resolve, reject) => {
      server.child.stdout!.on('data', (chunk: string) => {
        text += chunk;
        if (text.includes('Ctrl-C stops it.')) resolve();
      });
      server.child.once('close', () => reject(new Error(text)));
    });
    for (const words of ['ws://127.0.0.1:', desk.address('operator'), 'export BURSAR_CONFIG='])
      expect(text).toContain(words);
    await stops(server, 'SIGTERM');
  });
  test('advance: only on a development chain', async () => {
    const proxy = await FaultyProxy.start(desk.devnet.url);
    proxy.on('dev_advance', { kind: 'error', code: -32601, message: 'Method not found' });
    const { json } = await desk.both(['devnet', 'advance', '--blocks', '1', '--rpc', proxy.url], 4);
    expect(json.error?.code).toBe('NOT_A_DEVNET');
    await desk.json(['devnet', 'advance', '--rpc', proxy.url], 2);
    await proxy.close();
  });
  test('fork: rehearses on the state of a running chain, which sees nothing of it', async () => {
    const server = desk.start(['devnet', 'fork', desk.devnet.url, '--port', '0', '--json']);
    const { schema, result } = await ready(server);
    expect(schema).toBe('bursar/devnet.fork/1');
    // One block that only the fork has is there from the beginning.
    expect(result).toMatchObject({
      genesisHash: desk.devnet.genesisHash,
      block: (await desk.devnet.head()) + 1,
    });
    const [head, nonce] = [await desk.devnet.head(), await desk.nonce('operator')];
    const rpc = ['--rpc', result.url as string];
    const line = ['stake', 'bond-extra', '--amount', '9UNIT', '--from', 'operator', '--yes', ...rpc];
    const before = (await desk.json(['tx', 'history'])).result.transactions;
    const done = await desk.json(line, 0);
    expect(done.result.outcome).toMatchObject({ verdict: 'ok', block: { number: head + 2 } });
    // It says what it is, and stands apart.
    expect(done).toMatchObject({ fork: { block: head } });
    expect((await desk.json(['tx', 'history'])).result.transactions).toEqual(before);
    const forked = await desk.both(['tx', 'history', '--forks'], 0);
    expect(forked.json.result.transactions).toMatchObject([{ txHash: done.result.outcome.txHash }]);
    expect(forked.text.stdout).toContain('nothing here is real');
    const told = await desk.text(['tx', 'status', done.result.outcome.txHash, ...rpc]);
    for (const said of [told.stdout, told.stderr])
      expect(said).toContain(`This is a fork, from block ${head} on`);
    // An error, too; and the doctor.
    const unknown = ['tx', 'status', `0x${'12'.repeat(32)}`, ...rpc];
    expect(await desk.json(unknown, 4)).toMatchObject({
      fork: { block: head },
      error: { code: 'TX_NOT_FOUND' },
    });
    expect((await desk.text([...unknown, '--quiet'], 4)).stderr).toContain('nothing here is real');
    const doctor = await desk.json(['doctor', ...rpc]);
    expect(doctor).toMatchObject({ fork: { block: head } });
    expect(doctor.result.checks).toContainEqual(expect.objectContaining({ id: 'FORK', ok: 'warn' }));
    const [there, here] = await Promise.all([
      desk.json(['stake', 'status', 'operator', ...rpc]),
      desk.json(['stake', 'status', 'operator']),
    ]);
    expect(BigInt(there.result.accounts[0].active) - BigInt(here.result.accounts[0].active)).toBe(
      90_000_000_000n,
    );
    expect([await desk.devnet.head(), await desk.nonce('operator')]).toEqual([head, nonce]);
    await stops(server, 'SIGINT');
  });
  test('fork of a dead endpoint: 5', async () => {
    const dead = await deadUrl();
    const { json, text } = await desk.both(['devnet', 'fork', dead, '--port', '0', '--timeout', '5s'], 5);
    expect(json.error?.message).toContain(dead);
    expect(text.stdout).toBe('');
  });
});

describe('config and keys', () => {
  test('set, check, path and show; what is unknown is refused by name', async () => {
    const config = join(folder(), 'config.json');
    const env = { BURSAR_CONFIG: '', BURSAR_CONFIG_DIR: '/nonexistent' };
    const at = ['--config', config];
    writeFileSync(config, '{}', { mode: 0o600 });
    await desk.text(['config', 'set', 'network', 'westend', ...at], 0, { env });
    const shown = await desk.json(['config', 'show', ...at], 0, { env });
    expect(shown.result.network).toMatchObject({ value: 'westend' });
    expect((await desk.json(['config', 'path', ...at], 0, { env })).result.path).toBe(config);
    await desk.both(['config', 'check', ...at], 0, { env });
    const unknown = await desk.both(['config', 'set', 'netwrok', 'westend', ...at], 2, { env });
    expect(unknown.text.stderr).toContain('netwrok');
    writeFileSync(config, '{"netwrok":"westend"}', { mode: 0o600 });
    const wrong = await desk.both(['config', 'check', ...at], 2, { env });
    expect(wrong.json.error?.message).toContain('netwrok');
  });
  test('new, list, show and import', async () => {
    const directory = folder();
    const env = { BURSAR_KEYS_DIR: join(directory, 'keys') };
    const passphrase = join(directory, 'passphrase');
    const words = join(directory, 'words');
    writeFileSync(passphrase, 'for this test only\n', { mode: 0o600 });
    const with_ = ['--passphrase-file', passphrase];
    const made = await desk.json(['keys', 'new', 'one', ...with_, '--mnemonic-file', words], 0, { env });
    const there = await desk.json(['keys', 'import', 'two', ...with_, '--mnemonic-file', words], 4, { env });
    expect(there.error?.code).toBe('KEY_EXISTS');
    const other = { env: { BURSAR_KEYS_DIR: join(directory, 'other') } };
    const again = await desk.json(['keys', 'import', 'two', ...with_, '--mnemonic-file', words], 0, other);
    expect(again.result.publicKey).toBe(made.result.publicKey);
    const list = await desk.both(['keys', 'list'], 0, { env });
    expect(list.json.result.keys.map(({ name }: { name: string }) => name)).toEqual(['one']);
    expect((await desk.json(['keys', 'show', made.result.address], 0, { env })).result.address).toBe(
      made.result.address,
    );
    await desk.both(['keys', 'show', 'three'], 2, { env });
  });
});
