/** A scripted run of the development chain: which transactions go into its n-th block. */

import type { KeyringPair } from '@polkadot/keyring/types';
import type { NamedAccount } from '../../devnet/accounts.js';
import type { BlockRecord } from '../../devnet/journal.js';
import type { Decorated } from '../../devnet/names.js';
import type { Hex, RuntimeVersion } from '../../src/lib/host/index.js';

const UNIT = 10_000_000_000n;

export interface Call {
  readonly extrinsic: Hex;
}

interface Overrides {
  readonly nonce?: number;
  readonly genesisHash?: Hex;
}

export class Script {
  readonly #nonces = new Map<string, number>();
  #multisig: { height: number; index: number } | undefined;
  #out: Call[] = [];

  constructor(
    private readonly types: Decorated,
    private readonly pairs: ReadonlyMap<string, KeyringPair>,
    private readonly accounts: { readonly [name: string]: NamedAccount },
    private readonly genesisHash: Hex,
    private readonly version: RuntimeVersion,
    /** Code of the chain: an upgrade to the same. */
    private readonly code: Hex,
  ) {}

  #call(path: string, ...args: unknown[]) {
    const [pallet, name] = path.split('.') as [string, string];
    const make = this.types.tx[pallet]?.[name];
    if (make === undefined) throw new Error(`there is no ${path}`);
    return make(...args);
  }

  #sign(name: string, call: unknown, overrides: Overrides = {}): Hex {
    const next = this.#nonces.get(name) ?? 0;
    const nonce = overrides.nonce ?? next;
    if (overrides.nonce === undefined) this.#nonces.set(name, next + 1);
    const genesisHash = overrides.genesisHash ?? this.genesisHash;
    const extrinsic = this.types.registry.createType('Extrinsic', call, { version: 4 });
    extrinsic.sign(
      this.pairs.get(name) as KeyringPair,
      {
        blockHash: genesisHash,
        era: '0x00',
        genesisHash,
        nonce,
        runtimeVersion: this.version as never,
        tip: 0,
      } as never,
    );
    return extrinsic.toHex();
  }

  #add(name: string, path: string, ...args: unknown[]): void {
    this.#out.push({ extrinsic: this.#sign(name, this.#call(path, ...args)) });
  }

  #sudo(path: string, ...args: unknown[]): void {
    this.#add('alice', 'sudo.sudo', this.#call(path, ...args));
  }

  #address(name: string): string {
    return this.accounts[name]?.address ?? (this.pairs.get(name) as KeyringPair).address;
  }

  #transfer(to: string, value: bigint) {
    return this.#call('balances.transferKeepAlive', this.#address(to), value);
  }

  /** @param era active before the block */
  block(i: number, era: number): Call[] {
    this.#out = [];
    if (i % 5 !== 0)
      this.#add(
        i % 2 === 0 ? 'bob' : 'charlie',
        'balances.transferKeepAlive',
        this.#address(`n${String(1 + (i % 30)).padStart(2, '0')}`),
        BigInt(i) * (UNIT / 100n),
      );
    this.#staking(i);
    this.#wrapped(i);
    this.#pallets(i);
    this.#root(i, era);
    this.#payouts(i, era);
    this.#refused(i);
    return this.#out;
  }

  #staking(i: number): void {
    const [v1, v2, v4] = ['v01', 'v02', 'v04'].map((name) => this.#address(name));
    if (i === 2) this.#add('newcomer', 'staking.bond', 1_000n * UNIT, 'Staked');
    if (i === 3) this.#add('newcomer', 'staking.nominate', [v1, v2]);
    if (i === 4) this.#add('operator', 'staking.bondExtra', 25n * UNIT);
    if (i === 6)
      this.#add('charlie', 'nominationPools.create', 100n * UNIT, ...Array(3).fill(this.#address('charlie')));
    if (i === 7) this.#add('charlie', 'nominationPools.nominate', 1, [v1, v4]);
    if (i === 8) this.#add('bob', 'nominationPools.join', 50n * UNIT, 1);
    if (i > 20 && i % 24 === 0) this.#add('bob', 'nominationPools.claimPayout');
    if (i === 18) this.#add('v06', 'staking.chill');
    if (i === 30) this.#add('v06', 'staking.validate', { commission: 50_000_000, blocked: false });
    if (i === 33) this.#add('newcomer', 'staking.unbond', 400n * UNIT);
    if (i === 34) this.#add('newcomer', 'staking.rebond', 150n * UNIT);
    if (i === 36) this.#add('v01', 'staking.kick', [this.#address('n01')]);
    if (i === 40) this.#add('bob', 'nominationPools.unbond', this.#address('bob'), 20n * UNIT);
    if (i === 75) this.#add('bob', 'nominationPools.withdrawUnbonded', this.#address('bob'), 0);
    if (i === 80) this.#add('newcomer', 'staking.withdrawUnbonded', 0);
    if (i === 82) this.#add('newcomer', 'staking.chill');
  }

  #wrapped(i: number): void {
    if (i === 9) {
      const call = this.#call('staking.bondExtra', UNIT);
      this.#add('operator-proxy', 'proxy.proxy', this.#address('operator'), null, call);
      // A staking proxy may not transfer.
      this.#add(
        'operator-proxy',
        'proxy.proxy',
        this.#address('operator'),
        null,
        this.#transfer('bob', UNIT),
      );
    }
    const tooMuch = this.#transfer('bob', 10n ** 25n);
    if (i % 13 === 10) {
      this.#add('operator', 'utility.batchAll', [this.#transfer('bob', UNIT), tooMuch]);
      this.#add('operator', 'utility.batch', [this.#transfer('bob', UNIT), tooMuch]);
      this.#add('operator', 'utility.forceBatch', [tooMuch, this.#call('system.remarkWithEvent', '0x1234')]);
      this.#add('operator', 'balances.transferKeepAlive', this.#address('bob'), 10n ** 25n);
    }
    const others = (who: string) =>
      ['alice', 'bob', 'charlie']
        .filter((name) => name !== who)
        .sort((a, b) => (this.accounts[a]!.publicKey < this.accounts[b]!.publicKey ? -1 : 1))
        .map((name) => this.#address(name));
    const weight = { refTime: 10n ** 10n, proofSize: 100_000n };
    if (i === 12)
      this.#add(
        'charlie',
        'multisig.asMulti',
        2,
        others('charlie'),
        null,
        this.#transfer('bob', UNIT),
        weight,
      );
    if (i === 13)
      this.#add(
        'bob',
        'multisig.asMulti',
        2,
        others('bob'),
        this.#multisig,
        this.#transfer('bob', UNIT),
        weight,
      );
  }

  #pallets(i: number): void {
    if (i === 14) this.#add('bob', 'identity.setIdentity', { display: { Raw: 'Bob' } });
    if (i === 60) this.#add('bob', 'identity.clearIdentity');
    if (i === 16) {
      this.#add('bob', 'assets.create', 7, this.#address('bob'), 1);
      this.#add('bob', 'assets.mint', 7, this.#address('bob'), 1_000_000n);
      this.#add('bob', 'assets.transfer', 7, this.#address('charlie'), 1_000n);
    }
    if (i === 17) this.#add('bob', 'council.propose', 2, this.#call('system.remark', '0x11'), 100);
    if (i % 10 === 8)
      for (const n of [1, 2, 3])
        this.#add(`feeder${n}`, 'oracle.feedValues', [[0, 10n ** 18n * BigInt(n + i)]]);
    if (i % 50 === 45)
      for (let n = 0; n < 10; n += 1)
        this.#add(
          'operator',
          'utility.batch',
          Array(10).fill(this.#call('system.remarkWithEvent', '0xaabb')),
        );
    if (i === 19) this.#add('bob', 'balances.transferKeepAlive', this.#address('ed'), 10n * UNIT);
    if (i > 19 && i % 20 === 5)
      this.#add('ed', 'balances.transferKeepAlive', this.#address('bob'), UNIT / 10n);
    if (i === 38) this.#add('feeder3', 'balances.transferAll', this.#address('bob'), false);
  }

  #root(i: number, era: number): void {
    const offence = (name: string, fraction: number) =>
      this.#sudo('relaySimulator.reportOffence', this.#address(name), fraction);
    if ([25, 49, 97, 145].includes(i)) offence('v05', 50_000_000);
    if (i === 50) {
      offence('v01', 100_000_000);
      offence('v04', 200_000_000);
    }
    if (i === 100) offence('v07', 1_000_000_000);
    if (i === 105)
      this.#sudo('staking.cancelDeferredSlash', era + 2, [[this.#address('v07'), 1_000_000_000]]);
    if (i % 40 === 22) this.#sudo('relaySimulator.setPoints', this.#address('v02'), 40 + i);
    if (i === 55) this.#sudo('relaySimulator.rotateSession');
    if (i === 65) this.#sudo('system.setCodeWithoutChecks', this.code);
    if (i === 67) this.#sudo('system.setCode', '0x0061736d01000000');
    const pairs = [1, 2, 3].map((n) => [`0xaabb0${n}`, '0x01']);
    if (i === 70) this.#sudo('system.setStorage', [...pairs, ['0xaabc', '0x02']]);
    if (i === 71) this.#sudo('system.killPrefix', '0xaabb', 2);
    if (i === 72) this.#sudo('system.killStorage', ['0xaabc', '0xaabbff']);
    if (i === 131) this.#sudo('staking.forceNewEra');
  }

  #payouts(i: number, era: number): void {
    if (i % 6 === 2)
      for (const n of ['v01', 'v02', 'v03', 'v10'])
        this.#add('bob', 'staking.payoutStakersByPage', this.#address(n), era - 1, 0);
    if (i % 6 === 3)
      this.#add(
        'charlie',
        'utility.forceBatch',
        ['v01', 'v05', 'v07'].map((n) =>
          this.#call('staking.payoutStakersByPage', this.#address(n), era - 1, i % 2),
        ),
      );
  }

  #refused(i: number): void {
    const remark = this.#call('system.remark', '0x01');
    const add = (extrinsic: Hex) => this.#out.push({ extrinsic });
    if (i % 20 === 6 && i > 6) add(this.#sign('charlie', remark, { nonce: 0 }));
    if (i % 20 === 7) add(this.#sign('charlie', remark, { nonce: 100_000 }));
    if (i % 20 === 9) {
      const good = this.#sign('nominator', remark, { nonce: 0 });
      add(`${good.slice(0, 150)}${good[150] === '0' ? '1' : '0'}${good.slice(151)}` as Hex);
    }
    if (i % 20 === 11) add('0x18040a00ffff00');
    if (i % 20 === 13)
      add(this.#sign('nominator', remark, { nonce: 0, genesisHash: `0x${'11'.repeat(32)}` }));
    if (i % 4 === 2) add(this.#sign('nobody', remark, { nonce: 0 }));
  }

  /** Take note of what the block did: the multisig's time point is block and index. */
  included(record: BlockRecord, { registry }: Decorated): void {
    record.extrinsics.forEach((extrinsic, index) => {
      const { method } = registry.createType('Extrinsic', extrinsic);
      if (method.section === 'multisig') this.#multisig = { height: record.number, index };
    });
  }
}
