/** The `classic` preset: the staking pallet of relay chains, with sessions, slashing spans and controllers. */

import type { SubmittableExtrinsic } from '@polkadot/api/types';
import type { KeyringPair } from '@polkadot/keyring/types';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Devnet, startDevnet } from '../../devnet/index.js';
import { type Api, connect, devKey, RawSocket } from './support.js';

const UNIT = 10_000_000_000n;

type Tx = SubmittableExtrinsic<'promise'>;

let devnet: Devnet;
let api: Api;
let socket: RawSocket;
let alice: KeyringPair;

beforeAll(async () => {
  devnet = await startDevnet({ preset: 'classic', port: 0, mode: 'manual' });
  [api, socket, alice] = await Promise.all([
    connect(devnet.url),
    RawSocket.open(devnet.url),
    devKey('//Alice'),
  ]);
});
afterAll(async () => {
  await api?.disconnect();
  socket?.close();
  await devnet?.close();
});

const address = (name: string): string => devnet.accounts[name]!.address;
// biome-ignore lint/suspicious/noExplicitAny: whatever the chain has there
const staking = async (item: string, ...keys: unknown[]): Promise<any> =>
  (await api.query.staking![item](...keys)).toJSON();
const currentEra = (): Promise<number> => staking('currentEra');
const activeEra = async (): Promise<number> => (await staking('activeEra')).index;

interface Happened {
  readonly event: {
    readonly section: string;
    readonly method: string;
    readonly data: { toJSON(): readonly { err?: unknown }[] };
  };
}

/** Puts a call of a key into the next block. @returns the name of the pallet's error, or null */
async function send(key: KeyringPair, tx: Tx): Promise<string | null> {
  const nonce = await socket.ask('system_accountNextIndex', [key.address]);
  const extrinsic = await tx.signAsync(key, { nonce });
  await socket.ask('author_submitExtrinsic', [extrinsic.toHex()]);
  await devnet.newBlock();
  expect(await socket.ask('author_pendingExtrinsics')).toEqual([]);
  const events = (await api.query.system!.events()) as Happened[];
  for (const { event } of events) {
    const [first] = event.data.toJSON();
    const failed =
      event.method === 'ExtrinsicFailed' ? first : event.method === 'Sudid' ? first?.err : undefined;
    if (failed === undefined) continue;
    const error = api.createType('DispatchError', failed);
    return error.isModule ? error.registry.findMetaError(error.asModule).name : error.type;
  }
  return null;
}

/** As root. */
const sudo = (tx: Tx): Promise<string | null> => send(alice, api.tx.sudo!.sudo(tx));

describe('the chain', () => {
  it('is another runtime: its name, its pallets, its extensions', async () => {
    expect(await socket.ask('state_getRuntimeVersion')).toMatchObject({ specName: 'bursar-classic' });
    expect(devnet.specName).toBe('bursar-classic');
    expect(Object.keys(api.query)).toEqual(
      expect.arrayContaining(['staking', 'session', 'historical', 'voterList']),
    );
    expect(Object.keys(api.query)).not.toEqual(expect.arrayContaining(['nominationPools']));
    const { signedExtensions } = (api as unknown as { registry: { signedExtensions: string[] } }).registry;
    expect(signedExtensions).toContain('CheckMortality');
    expect(signedExtensions).not.toContain('CheckMetadataHash');
  });

  it('has its accounts in their states', async () => {
    expect(await devnet.head()).toBe(32);
    expect([await activeEra(), await currentEra()]).toEqual([5, 5]);
    expect(await staking('bonded', address('old-stash'))).toBe(address('old-controller'));
    expect(await staking('ledger', address('old-stash'))).toBeNull();
    expect(await staking('ledger', address('old-controller'))).toMatchObject({
      stash: address('old-stash'),
      active: Number(800n * UNIT),
    });
    expect(await staking('bonded', address('operator'))).toBe(address('operator'));
    // 400 less 5 %, all of it free in era 5.
    expect(await staking('ledger', address('slashed'))).toMatchObject({
      active: 0,
      unlocking: [{ value: Number(380n * UNIT), era: 5 }],
    });
    expect(await staking('validatorSlashInEra', 1, address('v11'))).toEqual([
      50_000_000,
      Number(175n * UNIT),
    ]);
    expect((await staking('ledger', address('unbonding'))).unlocking).toEqual([
      { value: Number(100n * UNIT), era: 5 },
      { value: Number(50n * UNIT), era: 7 },
      { value: Number(25n * UNIT), era: 9 },
    ]);
    expect(await staking('validators', address('v08'))).toEqual({ commission: 1_000_000_000, blocked: true });
    expect(await staking('claimedRewards', 1, address('v01'))).toEqual([0]);
    expect((await staking('erasRewardPoints', 4)).individual[address('v10')]).toBe(360);
  });

  it('rehearses calls', async () => {
    const answer = await api.call.dryRunApi!.dryRunCall(
      { system: { Signed: address('operator') } },
      api.tx.staking!.chill(),
      5,
    );
    expect(answer.toJSON().ok.executionResult).toHaveProperty('ok');
  });
});

describe('eras', () => {
  it('are planned a session before they are active, and turn by themselves', async () => {
    const seen: string[] = [];
    for (let i = 0; i < 8; i += 1) {
      await devnet.newBlock();
      seen.push(`${await devnet.head()}: ${await currentEra()} planned, ${await activeEra()} active`);
    }
    expect(seen).toEqual([
      '33: 5 planned, 5 active',
      '34: 6 planned, 5 active',
      '35: 6 planned, 5 active',
      '36: 6 planned, 6 active',
      '37: 6 planned, 6 active',
      '38: 6 planned, 6 active',
      '39: 6 planned, 6 active',
      '40: 7 planned, 6 active',
    ]);
    expect(await socket.ask('dev_advance', [{ eras: 1 }])).toMatchObject({ era: 7 });
    expect(await staking('erasValidatorReward', 6)).not.toBeNull();
  });

  it('a block that ends a session has room for transactions', async () => {
    const session = async () => (await api.query.session!.currentIndex()).toJSON();
    for (const before = await session(); (await session()) === before; )
      expect(await send(alice, api.tx.system!.remark('0x00'))).toBeNull();
  });

  it('unlock by the planned era', async () => {
    while ((await currentEra()) === (await activeEra())) await devnet.newBlock();
    const planned = await currentEra();
    expect(await send(await devKey('//Nominator'), api.tx.staking!.unbond(UNIT))).toBeNull();
    const { unlocking } = await staking('ledger', address('nominator'));
    expect(unlocking).toEqual([{ value: Number(UNIT), era: planned + 4 }]);
  });
});

describe('slashing spans', () => {
  it('a slash leaves them at the validator and at its nominators', async () => {
    for (const name of ['v11', 'slashed']) {
      const spans = await staking('slashingSpans', address(name));
      expect(spans).toMatchObject({ spanIndex: 1, lastNonzeroSlash: 1 });
    }
    expect(await staking('slashingSpans', address('operator'))).toBeNull();
  });

  it('a stash that has them leaves only with their number', async () => {
    const key = await devKey('//Slashed');
    expect(await send(key, api.tx.staking!.withdrawUnbonded(0))).toBe('IncorrectSlashingSpans');
    expect(await send(key, api.tx.staking!.withdrawUnbonded(2))).toBeNull();
    expect(await staking('bonded', address('slashed'))).toBeNull();
    expect(await staking('slashingSpans', address('slashed'))).toBeNull();
  });

  it('an offence of now is a slash that waits', async () => {
    const era = await activeEra();
    expect(await sudo(api.tx.relaySimulator!.reportOffence(address('v02'), 10_000_000))).toBeNull();
    const waiting = await staking('unappliedSlashes', era + 4);
    expect(waiting).toHaveLength(1);
    expect(waiting[0]).toMatchObject({ validator: address('v02'), own: Number(95n * UNIT) });
  });
});

describe('controllers', () => {
  it('what the controller must sign, the stash may not', async () => {
    const [stash, controller] = await Promise.all([devKey('//OldStash'), devKey('//OldController')]);
    expect(await send(stash, api.tx.staking!.unbond(UNIT))).toBe('NotController');
    expect(await send(controller, api.tx.staking!.unbond(UNIT))).toBeNull();
    expect(await send(controller, api.tx.staking!.bondExtra(UNIT))).toBe('NotStash');
    expect(await send(stash, api.tx.staking!.bondExtra(UNIT))).toBeNull();
    expect(await staking('ledger', address('old-controller'))).toMatchObject({
      total: Number(801n * UNIT),
      active: Number(800n * UNIT),
    });
  });

  it('a stash becomes its own controller', async () => {
    expect(await send(await devKey('//OldStash'), api.tx.staking!.setController())).toBeNull();
    expect(await staking('bonded', address('old-stash'))).toBe(address('old-stash'));
  });
});
