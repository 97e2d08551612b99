/** The devnet and its client as two processes; a chain that is killed. */

import { appendFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Devnet, startDevnet } from '../../devnet/index.js';
import { bundledDevnet, RawSocket, runScript, temporaryFolder } from './support.js';

const SERVE = (url: string) => `
  import { startDevnet } from ${JSON.stringify(url)};
  const devnet = await startDevnet({ port: 0, mode: 'instant', state: process.argv[2] || undefined });
  process.on('SIGTERM', () => devnet.close());
  console.log('ready', devnet.url);
`;

/** An ordinary client: everything over @polkadot/api, nothing of ours. */
const CLIENT = `
  import { ApiPromise, Keyring, WsProvider } from '@polkadot/api';
  const api = await ApiPromise.create({ provider: new WsProvider(process.argv[2]), noInitWarn: true });
  const phrase = 'bottom drive obey lake curtain smoke basket hold race lonely fit walk';
  const keys = new Keyring({ type: 'sr25519' });
  const newcomer = keys.addFromUri(phrase + '//Newcomer');
  const operator = keys.addFromUri(phrase + '//Operator');
  const before = await api.query.system.account(operator.address);
  const nonce = (await api.rpc.system.accountNextIndex(newcomer.address)).toNumber();
  const parent = await api.rpc.chain.getFinalizedHead();
  const statuses = [];
  const result = await new Promise((resolve, reject) => {
    api.tx.balances.transferKeepAlive(operator.address, 12_345n).signAndSend(newcomer, (update) => {
      statuses.push(update.status.type);
      if (update.status.isFinalized) resolve(update);
    }).catch(reject);
  });
  const at = await api.at(result.status.asFinalized);
  const atParent = await api.at(parent);
  console.log('result ' + JSON.stringify({
    chain: (await api.rpc.system.chain()).toString(),
    decimals: api.registry.chainDecimals, tokens: api.registry.chainTokens, ss58: api.registry.chainSS58,
    statuses,
    mortal: true,
    events: result.events.map(({ event }) => event.section + '.' + event.method),
    gained: ((await at.query.system.account(operator.address)).data.free.toBigInt() - before.data.free.toBigInt()).toString(),
    unchanged: (await atParent.query.system.account(operator.address)).data.free.toBigInt() === before.data.free.toBigInt(),
    many: (await api.query.system.account.multi([operator.address, newcomer.address])).length,
    entries: (await at.query.staking.nominators.entries()).length,
    fee: (await api.tx.system.remark('0x00').paymentInfo(newcomer)).partialFee.toString(),
    dryRun: (await api.call.dryRunApi.dryRunCall({ system: { Signed: newcomer.address } }, api.tx.staking.bond(1n, 'Staked'), 5)).isOk,
    nonces: (await api.rpc.system.accountNextIndex(newcomer.address)).toNumber() - nonce,
  }));
  await api.disconnect();
`;

describe('an ordinary client in another process', () => {
  let devnet: Devnet;
  beforeAll(async () => {
    devnet = await startDevnet({ port: 0 });
  });
  afterAll(() => devnet?.close());

  it('connects, signs, watches to finality, reads at a hash', async () => {
    const client = runScript(CLIENT, [devnet.url]);
    const result = JSON.parse((await client.line(/^result (.*)$/m))[1]!);
    expect(result).toMatchObject({
      chain: 'bursar devnet',
      decimals: [10],
      tokens: ['UNIT'],
      ss58: 42,
      gained: '12345',
      unchanged: true,
      many: 2,
      entries: 32,
      dryRun: true,
      nonces: 1,
    });
    // A client that reads the events of each status may be done with the last before it is done with the others.
    expect(['Ready', 'InBlock', 'Finalized']).toEqual(expect.arrayContaining(result.statuses));
    expect(result.statuses).toContain('Finalized');
    expect(result.events).toEqual(expect.arrayContaining(['balances.Transfer', 'system.ExtrinsicSuccess']));
    expect(BigInt(result.fee)).toBeGreaterThan(0n);
    expect(await client.exited).toBe(0);
  });
});

describe('a chain in a file', () => {
  it('survives SIGKILL and a torn last line, and goes on', async () => {
    const file = join(temporaryFolder(), 'chain');
    const script = SERVE(await bundledDevnet());
    const first = runScript(script, [file]);
    const [, url] = await first.line(/^ready (\S+)$/m);
    const socket = await RawSocket.open(url!);
    const { head } = await socket.ask('dev_advance', [{ blocks: 5 }]);
    expect(head.number).toBe(37);
    const storage = await socket.ask('dev_setStorage', [[['0xabcdef', '0x99']]]);
    expect(storage).toBe(head.hash);
    // A second process must not write to the same file.
    const second = runScript(script, [file]);
    expect(await second.exited).not.toBe(0);
    first.child.kill('SIGKILL');
    expect(await first.exited).toBe('SIGKILL');
    socket.close();
    const size = statSync(file).size;
    appendFileSync(file, '{"hash":"0x12","number":38,"par');

    const third = runScript(script, [file]);
    const [, again] = await third.line(/^ready (\S+)$/m);
    expect(statSync(file).size).toBe(size);
    const revived = await RawSocket.open(again!);
    expect(await revived.ask('chain_getBlockHash', [])).toBe(head.hash);
    expect(await revived.ask('state_getStorage', ['0xabcdef'])).toBe('0x99');
    expect(
      await revived.ask('state_getStorage', ['0xabcdef', await revived.ask('chain_getBlockHash', [36])]),
    ).toBeNull();
    expect((await revived.ask('dev_advance', [{ blocks: 1 }])).head.number).toBe(38);
    revived.close();
    // Closing leaves nothing open: the process ends by itself.
    third.child.kill('SIGTERM');
    expect(await third.exited).toBe(0);
  });
});

describe('start', () => {
  it('costs little more than the mere loading of chopsticks-core did, and less than 200 MiB', async () => {
    // Processor time, not the clock's: the machine may be busy with other tests.
    const spent = "console.log('spent', process.cpuUsage().user, process.memoryUsage.rss());";
    const bare = runScript(`await import('@acala-network/chopsticks-core'); ${spent} process.exit(0);`);
    const [, loading] = await bare.line(/^spent (\d+)/m);
    const script = SERVE(await bundledDevnet()).replace('devnet.close()', `{ ${spent} devnet.close(); }`);
    const serving = runScript(script);
    const [, url] = await serving.line(/^ready (\S+)$/m);
    const socket = await RawSocket.open(url!);
    await socket.ask('chain_getHeader');
    socket.close();
    serving.child.kill('SIGTERM');
    const [, total, rss] = await serving.line(/^spent (\d+) (\d+)$/m);
    expect(await serving.exited).toBe(0);
    expect(Number(total) / Number(loading)).toBeLessThan(2);
    expect(Number(rss)).toBeLessThan(200 * 2 ** 20);
  });
});
