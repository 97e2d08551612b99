import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ApiPromise } from '@polkadot/api';
import { u8aToHex } from '@polkadot/util';
import { decodeAddress } from '@polkadot/util-crypto';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { PRESET_NAMES } from '../../devnet/presets.js';
import { Desk, type Printed, UNIT } from '../support/desk.js';
import { FaultyProxy } from '../support/proxy.js';
import { runAtTerminal, terminals } from '../support/terminal.js';

/** The nomination workflow as an operator types it; what was predicted is compared with what another client reads. */

// A test is a dozen processes, on a machine that may have other work.
vi.setConfig({ testTimeout: 240_000 });

/** What differs between the chains that the suite runs on: one for each staking pallet that there is. */
interface World {
  readonly preset: string;
  /** A bond that is too little, and the least that the pallet takes. */
  readonly leastBond: readonly [tooLittle: string, least: RegExp];
  /** Eras that a nominator's and a validator's stake takes to unlock. */
  readonly wait: number;
  readonly validatorWait: number;
  /** The calls by which a nominator unbonds everything. */
  readonly unbondAll: readonly string[];
  /** Blocks of an era's six in which what is counted changes: nothing may be predicted across them. */
  readonly turns: readonly number[];
  /** A stash and its separate controller; on today's chains one has to be made. */
  readonly separate: readonly [stash: string, controller: string];
  /** A stash with slashing spans that has unbonded everything. */
  readonly slashed?: string;
}

const WORLDS: readonly World[] = [
  {
    preset: 'tour',
    leastBond: ['5UNIT', /10 UNIT/],
    wait: 2,
    validatorWait: 4,
    unbondAll: ['Staking.unbond'],
    turns: [0],
    separate: ['n05', 'feeder1'],
  },
  {
    preset: 'classic',
    // What nominates needs more; the bond itself only what keeps an account alive.
    leastBond: ['0.001UNIT', /0\.01 UNIT/],
    wait: 4,
    validatorWait: 4,
    unbondAll: ['Staking.chill', 'Staking.unbond'],
    // The next era is planned two blocks before it begins, and unlocking is counted in it from then on.
    turns: [0, 4],
    separate: ['old-stash', 'old-controller'],
    slashed: 'slashed',
  },
];

let desk: Desk;
let api: ApiPromise;
let address: (name: string) => string;

describe.each(WORLDS.filter(({ preset }) => PRESET_NAMES.includes(preset)))(
  'on the preset $preset',
  (world: World) => {
    beforeAll(async () => {
      const [stash, controller] = world.separate;
      desk = await Desk.open({
        preset: world.preset,
        keys: [
          'alice',
          'newcomer',
          'nominator',
          'operator',
          'operator-proxy',
          'v01',
          'v06',
          'n01',
          'n02',
          'n03',
          stash,
          controller,
          ...(world.slashed === undefined ? [] : [world.slashed]),
        ],
      });
      const { ApiPromise, WsProvider } = await import('@polkadot/api');
      api = await ApiPromise.create({ provider: new WsProvider(desk.devnet.url), noInitWarn: true });
      address = (name) => desk.address(name);
    });
    afterAll(async () => {
      await api?.disconnect();
      await desk?.close();
    });

    /** What is predicted for the next block must not fall on one in which eras change. */
    async function steady(): Promise<void> {
      if (world.turns.includes(((await desk.devnet.head()) + 1) % 6))
        await desk.devnet.advance({ blocks: 1 });
    }

    /** The stake of an account as @polkadot/api reads it at a block. */
    async function stakeAt(who: string, hash: string) {
      const at = await api.at(hash);
      const staking = at.query.staking!;
      const controller = (await staking.bonded!(who)).toJSON() as string | null;
      const [ledger, payee, nominators, validators, account] = await Promise.all([
        staking.ledger!(controller ?? who),
        staking.payee!(who),
        staking.nominators!(who),
        api.rpc.state.getStorage(staking.validators!.key(who), hash),
        at.query.system!.account!(who),
      ]);
      const kept = ledger.toJSON() as {
        total: string | number;
        active: string | number;
        unlocking: { value: string | number; era: number }[];
      } | null;
      const nominates = nominators.toJSON() as { targets: string[] } | null;
      const validates = !(validators as unknown as { isNone: boolean }).isNone;
      return {
        ledger:
          kept === null
            ? null
            : {
                total: BigInt(kept.total).toString(),
                active: BigInt(kept.active).toString(),
                unlocking: kept.unlocking.map(({ value, era }) => ({ value: BigInt(value).toString(), era })),
              },
        controller,
        payee: payee.toJSON() as Record<string, unknown> | null,
        nominations: nominates?.targets ?? [],
        role: kept === null ? 'none' : validates ? 'validator' : nominates === null ? 'chilled' : 'nominator',
        free: (account as unknown as { data: { free: { toBigInt(): bigint } } }).data.free.toBigInt(),
      };
    }

    interface Done {
      readonly result: NonNullable<Printed['result']>;
      readonly calls: string[];
      /** By @polkadot/api, at the block of the transaction. */
      readonly stake: Awaited<ReturnType<typeof stakeAt>>;
    }

    /** Runs a command that sends, and compares every part of the stake that it predicted with the chain. */
    async function does(line: string, from: string, proxyFor?: string): Promise<Done> {
      await steady();
      const args = ['stake', ...line.split(' '), '--from', from, '--yes'];
      if (proxyFor !== undefined) args.push('--proxy-for', proxyFor);
      const { result } = await desk.json(args);
      const about = `bursar ${args.join(' ')}`;
      expect(result.outcome, about).toMatchObject({ kind: 'included', finalized: true, verdict: 'ok' });
      const stake = await stakeAt(result.account, result.outcome.block.hash);
      const { after } = result.effect;
      // What the command compared itself with the chain: nothing is otherwise than planned.
      expect(result.deviations, about).toEqual([]);
      expect(after.controller, about).toBe(stake.controller);
      expect(after.ledger, about).toEqual(stake.ledger);
      // The pallet keeps targets sorted by account: their order means nothing.
      expect([after.role, [...after.nominations].sort()], about).toEqual([
        stake.role,
        [...stake.nominations].sort(),
      ]);
      if (stake.ledger !== null) expect(payeeJson(after.payee), about).toEqual(stake.payee);
      // Fees are not part of the effect: who signs pays them.
      const fee = result.signer === result.account ? BigInt(result.outcome.fee) : 0n;
      expect(BigInt(after.free) - fee, about).toBe(stake.free);
      return { result, calls: callNames(result), stake };
    }

    const callNames = (result: NonNullable<Printed['result']>): string[] =>
      result.calls.map(({ pallet, call }: { pallet: string; call: string }) => `${pallet}.${call}`);

    /** The library writes an enum without data as its name. */
    const payeeJson = (payee: string | { Account: string }) =>
      typeof payee === 'string' ? { [payee.toLowerCase()]: null } : { account: payee.Account };

    /** Expects a refusal before anything is signed, with words for the operator. */
    async function refuses(
      line: string,
      from: string,
      code: string,
      says: readonly (string | RegExp)[],
      exit = 4,
    ) {
      const before = await desk.devnet.head();
      const { error, result } = await desk.json(['stake', ...line.split(' '), '--from', from, '--yes'], exit);
      expect(error?.code).toBe(code);
      expect(result).toBeUndefined();
      for (const words of says) expect(`${error?.message} ${error?.hint}`).toMatch(words);
      expect(await desk.devnet.head()).toBe(before);
    }

    /** Expects that there is nothing to do, and why. */
    async function idle(line: string, from: string, says: string | RegExp) {
      const before = await desk.devnet.head();
      const { result } = await desk.json(['stake', ...line.split(' '), '--from', from, '--yes']);
      expect(result.idle).toMatch(says);
      expect([result.calls, result.outcome]).toEqual([[], null]);
      expect(await desk.devnet.head()).toBe(before);
    }

    const planck = (units: number | bigint): string => (BigInt(units) * UNIT).toString();

    describe('status', () => {
      test('all roles and all kinds of targets, amounts as decimal strings, one block', async () => {
        const names = ['operator', 'newcomer', 'v06', 'v09'];
        const { json, text } = await desk.both(['stake', 'status', ...names.map(address)], 0);
        const [operator, newcomer, validator, chilled] = json.result.accounts;
        expect(json.result.accounts.map((one: { role: string }) => one.role)).toEqual([
          'nominator',
          'none',
          'validator',
          'chilled',
        ]);
        const hash = json.result.block.hash;
        for (const [one, name] of [
          [operator, 'operator'],
          [newcomer, 'newcomer'],
          [validator, 'v06'],
          [chilled, 'v09'],
        ]) {
          const stake = await stakeAt(address(name), hash);
          expect([one.bonded, one.active]).toEqual([stake.ledger?.total ?? '0', stake.ledger?.active ?? '0']);
          expect(one.free).toBe(stake.free.toString());
          expect(one.nominations.map((target: { address: string }) => target.address)).toEqual(
            stake.nominations,
          );
        }
        const target = (name: string) =>
          operator.nominations.find((one: { address: string }) => one.address === address(name));
        expect(target('v03')).toMatchObject({ state: 'active', blocked: false, commission: 30_000_000 });
        expect(target('v08')).toMatchObject({ blocked: true, commission: 1_000_000_000 });
        expect(target('v09')).toMatchObject({ state: 'chilled', commission: null, totalStake: null });
        const advice = operator.advice.map((one: { id: string }) => one.id);
        expect(advice).toEqual(expect.arrayContaining(['CHILLED_TARGETS', 'FULL_COMMISSION']));
        expect([operator.unbondEras, validator.unbondEras]).toEqual([world.wait, world.validatorWait]);
        for (const words of [
          /role +nominator/,
          /role +not bonded/,
          /role +validator/,
          /role +chilled/,
          'blocked',
          '100%',
        ])
          expect(text.stdout).toMatch(words);
        // The account of --from when none is named, by the name of its key.
        const alone = await desk.json(['stake', 'status', '--from', 'operator']);
        expect(alone.result.accounts.map((one: { address: string }) => one.address)).toEqual([
          address('operator'),
        ]);
      });
      test('a waiting and a blocked candidate', async () => {
        const era = Number(((await api.query.staking!.activeEra!()).toJSON() as { index: number }).index);
        const candidates = await api.query.staking!.validators!.keys();
        const waiting: string[] = [];
        for (const key of candidates) {
          const who = String(key.args[0]);
          const overview = await api.query.staking!.erasStakersOverview!(era, who);
          if ((overview as unknown as { isEmpty: boolean }).isEmpty) waiting.push(who);
        }
        expect(waiting).toHaveLength(1);
        const named = Object.values(desk.devnet.accounts).find((one) => waiting.includes(one.address))!;
        await desk.addKey(named.name);
        const stateOf = async () => {
          const { result } = await desk.json(['stake', 'status', address('nominator')]);
          return result.accounts[0].nominations.find(
            (one: { address: string }) => one.address === named.address,
          );
        };
        await does(`nominate ${address('v01')} ${named.address} ${address('v05')}`, 'nominator');
        expect(await stateOf()).toMatchObject({ state: 'waiting', blocked: false });
        const block = await desk.encode({
          pallet: 'Staking',
          call: 'validate',
          args: { prefs: { commission: 0, blocked: true } },
        });
        await desk.json(['tx', 'submit', block, '--from', named.name, '--yes']);
        expect(await stateOf()).toMatchObject({ state: 'blocked', blocked: true });
        // Who nominates it may keep it; who does not is refused by name.
        await does(`nominate ${named.address} ${address('v01')}`, 'nominator');
        const strangers: string[] = [];
        for (const name of ['operator', 'n01', 'n02']) {
          const nominates = (await api.query.staking!.nominators!(address(name))).toJSON();
          if (!(nominates as { targets: string[] }).targets.includes(named.address)) strangers.push(name);
        }
        expect(strangers).not.toEqual([]);
        await refuses(`nominate ${named.address}`, strangers[0]!, 'BAD_TARGET', [
          named.address,
          /no new nominations/,
        ]);
      });
    });

    describe('a newcomer', () => {
      test('--dry-run: the plan, its fee and its effect; no key, no signature, no block', async () => {
        const from = address('newcomer');
        const [head, nonce] = [await desk.devnet.head(), await desk.nonce('newcomer')];
        const none = { env: { BURSAR_KEYS_DIR: join(desk.directory, 'no-keys') } };
        const { json, text } = await desk.both(
          ['stake', 'bond', '--amount', '1000UNIT', '--payee', 'stash', '--from', from, '--dry-run'],
          0,
          none,
        );
        expect(json.result).toMatchObject({
          dryRun: true,
          outcome: null,
          effect: {
            after: { ledger: { total: planck(1000), active: planck(1000), unlocking: [] }, payee: 'Stash' },
          },
        });
        expect(BigInt(json.result.fee)).toBeGreaterThan(0n);
        expect(callNames(json.result)).toEqual(['Staking.bond']);
        for (const words of [
          'Staking.bond',
          '1000 UNIT',
          /fee +0\.\d+ UNIT/,
          'Rehearsed on the chain',
          'Staking.Bonded',
          'nothing was signed or sent',
        ])
          expect(text.stdout).toMatch(words);
        expect([await desk.devnet.head(), await desk.nonce('newcomer')]).toEqual([head, nonce]);
        expect(desk.journal()).not.toContain(from);
      });
      test('bond: the minimum, the bond, not twice', async () => {
        const [tooLittle, least] = world.leastBond;
        await refuses(`bond --amount ${tooLittle}`, 'newcomer', 'INSUFFICIENT_BOND', [least]);
        await refuses('bond --amount 50000UNIT', 'newcomer', 'FEE', [/50000 UNIT/]);
        await refuses('bond-extra --amount 5UNIT', 'newcomer', 'NOT_BONDED', [/stake bond/]);
        const { calls } = await does('bond --amount 1000UNIT --payee stash', 'newcomer');
        expect(calls).toEqual(['Staking.bond']);
        await refuses('bond --amount 1000UNIT', 'newcomer', 'ALREADY_BONDED', [/bond-extra/]);
      });
      test('nominate: by address, by key name, in a file; what is wrong is refused by name', async () => {
        const [v01, v02, v03, v08] = ['v01', 'v02', 'v03', 'v08'].map(address) as [
          string,
          string,
          string,
          string,
        ];
        await refuses(`nominate ${v01} ${v02} ${v01}`, 'newcomer', 'TARGETS', [/twice/, v01], 2);
        await refuses(`nominate ${v01} ${address('alice')}`, 'newcomer', 'BAD_TARGET', [
          `${address('alice')} is not a validator`,
        ]);
        await refuses(`nominate ${v08} ${v01} v01x`, 'newcomer', 'KEY_NOT_FOUND', ['v01x'], 2);
        await refuses(`nominate ${v08} ${v01}`, 'newcomer', 'BAD_TARGET', [v08]);
        const crowd = Array.from({ length: 17 }, (_, index) =>
          address(`n${String(index + 1).padStart(2, '0')}`),
        );
        await refuses(`nominate ${crowd.join(' ')}`, 'newcomer', 'TOO_MANY_TARGETS', [/16/, crowd[16]!]);
        const file = join(desk.directory, 'targets.txt');
        writeFileSync(file, `# chosen\n${v03}  # third\n\n${v02}\n`);
        const { stake } = await does(`nominate v01 v06 --targets-file ${file}`, 'newcomer');
        expect(new Set(stake.nominations)).toEqual(new Set([v01, address('v06'), v03, v02]));
        await idle(`nominate ${v02} ${v03} ${address('v06')} ${v01}`, 'newcomer', /exactly these/);
        const fewer = await does(`nominate ${v02} ${v03}`, 'newcomer');
        expect(fewer.result.calls[0].reason).toMatch(/2 validators \(0 new, 2 dropped\)/);
      });
      test('bond-extra: an amount, and everything but what is kept', async () => {
        await does('bond-extra --amount 25.5UNIT', 'newcomer');
        const { stake } = await does('bond-extra --max --keep 3000UNIT', 'newcomer');
        expect(stake.free).toBeGreaterThan(2999n * UNIT);
        expect(stake.free).toBeLessThan(3000n * UNIT);
        await idle('bond-extra --max --keep 3000UNIT', 'newcomer', /no free balance/);
      });
      test('unbond, rebond and withdraw: eras of a nominator, newest chunk first, true unlock era', async () => {
        await refuses('unbond --amount 100000UNIT', 'newcomer', 'ABOVE_ACTIVE', [/actively bonded/, /--all/]);
        await idle('rebond --all', 'newcomer', 'Nothing is unlocking.');
        await idle('withdraw', 'newcomer', 'Nothing is unlocking.');
        const first = await does('unbond --amount 100UNIT', 'newcomer');
        const { era } = first.result.effect;
        expect(first.stake.ledger?.unlocking).toEqual([{ value: planck(100), era: era + world.wait }]);
        await desk.devnet.advance({ eras: 1 });
        const second = await does('unbond --amount 40UNIT', 'newcomer');
        const later = second.result.effect.era;
        expect(later).toBeGreaterThan(era);
        expect(second.stake.ledger?.unlocking).toEqual([
          { value: planck(100), era: era + world.wait },
          { value: planck(40), era: later + world.wait },
        ]);
        const text = await desk.text([
          'stake',
          'rebond',
          '--amount',
          '50UNIT',
          '--from',
          'newcomer',
          '--dry-run',
        ]);
        expect(text.stdout).toMatch(/newest chunk first/);
        await refuses('rebond --amount 141UNIT', 'newcomer', 'ABOVE_UNLOCKING', [/140 UNIT/]);
        const back = await does('rebond --amount 50UNIT', 'newcomer');
        expect(back.stake.ledger?.unlocking).toEqual([{ value: planck(90), era: era + world.wait }]);
        await idle('withdraw', 'newcomer', new RegExp(`free in era ${era + world.wait}, now is era \\d+`));
        await desk.devnet.advance({ eras: world.wait - 1 });
        const status = await desk.json(['stake', 'status', 'newcomer']);
        expect(status.result.accounts[0]).toMatchObject({
          withdrawable: planck(90),
          unlocking: [{ value: planck(90), era: era + world.wait, free: true, freeAt: null }],
        });
        const gone = await does('withdraw', 'newcomer');
        expect(gone.stake.ledger?.unlocking).toEqual([]);
      });
      test('unbond below the minimum: refused with the ways out; --chill and --all take them', async () => {
        const { active } = (await desk.json(['stake', 'status', 'newcomer'])).result.accounts[0];
        const short = `${BigInt(active) - 5n * UNIT}planck`;
        await refuses(`unbond --amount ${short}`, 'newcomer', 'INSUFFICIENT_BOND', [
          /10 UNIT/,
          /--chill/,
          /--all/,
        ]);
        const chilled = await does(`unbond --amount ${short} --chill`, 'newcomer');
        expect(chilled.calls).toEqual(['Staking.chill', 'Staking.unbond']);
        expect(chilled.result.outcome.tree.call.call).toBe('batch_all');
        expect(chilled.stake.role).toBe('chilled');
        const rest = await does('unbond --all', 'newcomer');
        expect(rest.stake.ledger?.active).toBe('0');
        await idle('unbond --all', 'newcomer', /everything is unlocking/);
        await idle('chill', 'newcomer', /neither nominates nor validates/);
        // Taking everything back, and later everything out: the stash is gone then.
        await does('rebond --all', 'newcomer');
        await does('unbond --all', 'newcomer');
        await desk.devnet.advance({ eras: world.wait + 1 });
        const end = await does('withdraw', 'newcomer');
        expect(end.stake).toMatchObject({ ledger: null, role: 'none', payee: null });
        await refuses('withdraw', 'newcomer', 'NOT_BONDED', [/nothing bonded/]);
      });
      test('plan --to from nothing is a bond; to where it is, nothing', async () => {
        await idle('plan --to 0UNIT', 'newcomer', /Nothing is bonded/);
        const { calls, stake } = await does('plan --to 200UNIT --payee none', 'newcomer');
        expect(calls).toEqual(['Staking.bond']);
        expect(stake.ledger?.active).toBe(planck(200));
        await idle('plan --to 200UNIT', 'newcomer', /Exactly 200 UNIT/);
      });
    });

    describe('an operator', () => {
      test('set-payee: each form', async () => {
        for (const form of ['stash', `account:${address('alice')}`, 'none', 'staked'])
          await does(`set-payee ${form}`, 'operator');
        await idle('set-payee staked', 'operator', /there already/);
        await does('set-payee account:nominator', 'operator');
        await refuses('set-payee controller', 'operator', 'PAYEE_DEPRECATED', [/staked, stash, none/], 2);
        await refuses('set-payee nowhere', 'operator', 'PAYEE', [/staked/], 2);
      });
      test('set-controller: the stash is its own already', async () => {
        await idle('set-controller', 'operator', /its own controller already/);
      });
      test('plan --to: rebond before bond-extra as one batch; less is an unbond', async () => {
        const less = await does('plan --to 4900UNIT', 'operator');
        expect(less.calls).toEqual(['Staking.unbond']);
        const more = await does('plan --to 5100UNIT', 'operator');
        expect(more.calls).toEqual(['Staking.rebond', 'Staking.bond_extra']);
        expect(more.result.outcome.tree.call.call).toBe('batch_all');
        expect(more.stake.ledger).toEqual({ total: planck(5100), active: planck(5100), unlocking: [] });
      });
      test('through --proxy-for: the effect is on the stash, the fee on the proxy', async () => {
        const extra = await does('bond-extra --amount 10UNIT', 'operator-proxy', 'operator');
        expect(extra.result).toMatchObject({
          account: address('operator'),
          signer: address('operator-proxy'),
          wrap: { kind: 'proxy', real: address('operator') },
        });
        await does('unbond --amount 30UNIT', 'operator-proxy', address('operator'));
        const plan = await does('plan --to 5120UNIT', 'operator-proxy', 'operator');
        expect(plan.calls).toEqual(['Staking.rebond', 'Staking.bond_extra']);
        expect(plan.result.outcome.tree).toMatchObject({
          call: { call: 'proxy' },
          children: [{ call: { call: 'batch_all' } }],
        });
        const stranger = await desk.json(
          ['stake', 'chill', '--from', 'nominator', '--proxy-for', 'operator', '--yes'],
          4,
        );
        expect(stranger.error).toMatchObject({
          code: 'PROXY',
          message: expect.stringContaining(address('operator')),
        });
      });
      test('chill', async () => {
        const { stake } = await does('chill', 'operator');
        expect(stake).toMatchObject({ role: 'chilled', nominations: [] });
      });
    });

    describe('a validator', () => {
      test('waits the full time; keeps its minimum; may chill', async () => {
        const { result, stake } = await does('unbond --amount 10UNIT', 'v06');
        const unlocking = stake.ledger!.unlocking;
        expect(unlocking).toEqual([{ value: planck(10), era: result.effect.era + world.validatorWait }]);
        const short = `${BigInt(stake.ledger!.active) - 99n * UNIT}planck`;
        await refuses(`unbond --amount ${short}`, 'v06', 'INSUFFICIENT_BOND', [/100 UNIT/, /validator/]);
        const chilled = await does('chill', 'v06');
        expect(chilled.stake.role).toBe('chilled');
        // It has validated lately: a chill does not shorten the wait.
        const later = await does('unbond --amount 20UNIT', 'v06');
        expect(later.stake.ledger!.unlocking.at(-1)!.era).toBe(later.result.effect.era + world.validatorWait);
        await desk.devnet.advance({ eras: 2 });
        await idle('withdraw', 'v06', /Nothing is free yet/);
        await desk.devnet.advance({ eras: 3 });
        await does('withdraw', 'v06');
      });
    });

    describe('32 unlocking chunks', () => {
      /** Writes a ledger as if a nominator had unbonded one unit in each of 32 eras. */
      async function fill(name: string, firstEra: number): Promise<void> {
        const who = address(name);
        const { total } = (await stakeAt(who, (await api.rpc.chain.getBlockHash()).toHex())).ledger!;
        const unlocking = Array.from({ length: 32 }, (_, index) => ({ value: UNIT, era: firstEra + index }));
        const entry = api.query.staking!.ledger!;
        const type = api.registry.createLookupType(entry.creator.meta.type.asMap.value);
        const active = BigInt(total) - 32n * UNIT;
        const ledger = api.registry.createType(type, { stash: who, total, active, unlocking });
        await desk.devnet.chain.setStorage([[entry.key(who), ledger.toHex()]]);
        await desk.devnet.advance({ blocks: 1 });
      }
      test('none free: refused with the way out', async () => {
        const era = (await desk.json(['stake', 'status', 'n01'])).result.rules.activeEra as number;
        await fill('n01', era + 3);
        const status = await desk.json(['stake', 'status', 'n01']);
        expect(status.result.accounts[0].advice.map((one: { id: string }) => one.id)).toContain(
          'CHUNK_HEADROOM',
        );
        await refuses('unbond --amount 5UNIT', 'n01', 'NO_MORE_CHUNKS', [/32/]);
      });
      test('some free: the chain withdraws them first, as predicted', async () => {
        const era = (await desk.json(['stake', 'status', 'n02'])).result.rules.activeEra as number;
        await fill('n02', era - 3);
        const { stake } = await does('unbond --amount 5UNIT', 'n02');
        expect(stake.ledger!.unlocking.length).toBeLessThan(32);
      });
    });

    describe('everything', () => {
      test('unbond --all of a nominator: the role ends, by the calls that this pallet needs', async () => {
        // Also while a chunk is unlocking.
        await does('unbond --amount 5UNIT', 'n03');
        const { calls, stake } = await does('unbond --all', 'n03');
        expect(calls).toEqual(world.unbondAll);
        expect(stake).toMatchObject({ role: 'chilled', nominations: [], ledger: { active: '0' } });
      });
      test.skipIf(world.slashed === undefined)(
        'withdraw of a stash that was slashed names its spans',
        async () => {
          const { result, stake } = await does('withdraw', world.slashed as string);
          expect(result.calls[0].args.num_slashing_spans).toBeGreaterThan(0);
          expect(stake).toMatchObject({ ledger: null, role: 'none' });
        },
      );
    });

    describe('a stash with a separate controller', () => {
      /** As a stash of before 2023 that never became its own controller: the ledger is the controller's. */
      async function separate(stash: string, controller: string): Promise<void> {
        const { bonded, ledger } = api.query.staking!;
        const kept = await api.rpc.state.getStorage(ledger!.key(stash));
        await desk.devnet.chain.setStorage([
          [bonded!.key(stash), u8aToHex(decodeAddress(controller))],
          [ledger!.key(controller), (kept as unknown as { toHex(): string }).toHex()],
          [ledger!.key(stash), null],
        ]);
        await desk.devnet.advance({ blocks: 1 });
      }

      test('each key signs what is its own; the other is named; set-controller ends it', async () => {
        const [stashKey, controllerKey] = world.separate;
        const [stash, controller] = [address(stashKey), address(controllerKey)];
        if (world.preset === 'tour') await separate(stash, controller);
        const status = await desk.both(['stake', 'status', stash, controller], 0);
        const [one, other] = status.json.result.accounts;
        expect([one.role, one.controller, other.role, other.controls]).toEqual([
          'nominator',
          controller,
          'none',
          stash,
        ]);
        expect(other.advice).toMatchObject([{ id: 'CONTROLS', command: `bursar stake status ${stash}` }]);
        expect(status.text.stdout).toContain(`${controller} signs all but bond-extra and set-controller`);
        for (const line of ['unbond --amount 5UNIT', 'unbond --all', 'chill', 'set-payee none'])
          await refuses(line, stashKey, 'CONTROLLER_SIGNS', [
            controller,
            `--from (or --proxy-for) ${controller}`,
          ]);
        const dry = await desk.json(['stake', 'chill', '--from', stash, '--dry-run'], 4);
        expect(dry.error?.code).toBe('CONTROLLER_SIGNS');
        // The controller's key finds the ledger that it controls; the fee is the controller's, the effect the stash's.
        const part = await does('unbond --amount 5UNIT', controllerKey);
        expect(part.result).toMatchObject({ account: stash, signer: controller });
        await does('rebond --all', controllerKey);
        await does('set-payee none', controllerKey);
        for (const line of ['bond-extra --amount 1UNIT', 'set-controller'])
          await refuses(line, controllerKey, 'STASH_SIGNS', [stash]);
        await does('bond-extra --amount 1UNIT', stashKey);
        const ended = await does('set-controller', stashKey);
        expect(ended.result.effect).toMatchObject({ before: { controller }, after: { controller: stash } });
        await does('unbond --amount 5UNIT', stashKey);
        await refuses('unbond --amount 5UNIT', controllerKey, 'NOT_BONDED', [/nothing bonded/]);
      });
    });

    describe('after the fact', () => {
      test('an era that turns on the way: the chain is read again, and the difference is said', async () => {
        const proxy = await FaultyProxy.start(desk.devnet.url);
        try {
          const late = { kind: 'hold', until: () => desk.devnet.advance({ eras: 2 }) } as const;
          const args = [
            'stake',
            'unbond',
            '--amount',
            '5UNIT',
            '--from',
            'nominator',
            '--yes',
            '--rpc',
            proxy.url,
          ];
          proxy.on('author_submitExtrinsic', late, { times: 1 });
          const { result } = await desk.json(args);
          const { era } = result.effect;
          expect(result.outcome).toMatchObject({ kind: 'included', verdict: 'ok' });
          expect(result.deviations).toMatchObject([
            {
              what: 'unlocking',
              planned: [{ value: planck(5), era: era + world.wait }],
              found: [{ value: planck(5), era: expect.any(Number) }],
            },
          ]);
          const found = result.deviations[0].found[0].era as number;
          expect(found).toBeGreaterThan(era + world.wait);
          proxy.reset().on('author_submitExtrinsic', late, { times: 1 });
          const { stdout } = await desk.text(args);
          expect(stdout.replace(/\s+/g, ' ')).toContain(
            `Not as planned: unlocking: 5 UNIT in era ${found}, 5 UNIT in era `,
          );
        } finally {
          await proxy.close();
        }
      });
      test('what cannot be read is not compared, and that is no failure', async () => {
        const proxy = await FaultyProxy.start(desk.devnet.url);
        // The ledgers can be read until the transaction is sent, everything else also after.
        const ledgers = api.query.staking!.ledger!.keyPrefix();
        try {
          proxy.on(
            'state_queryStorageAt',
            { kind: 'error', code: 4003, message: 'State already discarded' },
            {
              when: ([keys]) =>
                proxy.count('author_submitExtrinsic') > 0 &&
                (keys as readonly string[]).some((key) => key.startsWith(ledgers)),
            },
          );
          const args = ['stake', 'rebond', '--all', '--from', 'nominator', '--yes', '--rpc', proxy.url];
          const { result } = await desk.json(args);
          expect(result).toMatchObject({ outcome: { verdict: 'ok' }, deviations: null });
        } finally {
          await proxy.close();
        }
      });
    });

    test.skipIf(!terminals)('at a terminal: the plan is shown, then asked, and not told again', async () => {
      await steady();
      const { code, screen } = await runAtTerminal(
        'stake bond-extra --from nominator --amount 1UNIT',
        [['Sign with', 'y\r']],
        { ...desk.environment },
      );
      expect(code, screen).toBe(0);
      const [asked, told] = [screen.indexOf('Sign with'), screen.lastIndexOf('finalized')];
      expect(screen.indexOf('call hash')).toBeGreaterThan(0);
      expect([screen.indexOf('call hash') < asked, asked < told], screen).toEqual([true, true]);
      expect(screen.split('Adds 1 UNIT'), screen).toHaveLength(2);
    });
  },
);
