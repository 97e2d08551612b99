/** Endpoints that lie about the metadata or the token: what is signed must not depend on them. */

import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, test } from 'vitest';
import { connect, type OpenChain } from '../../../src/lib/chain/connect.js';
import { execute, rehearse } from '../../../src/lib/tx/execute.js';
import type { TxOptions } from '../../../src/lib/tx/options.js';
import type { Check, RuntimeCall } from '../../../src/lib/tx/plan.js';
import { type Draft, forgeMetadata, swapCalls } from '../../support/metadata.js';
import { deadUrl, type Fault, FaultyProxy, renamePallet } from '../../support/proxy.js';
import { Bench, planOf, type Sender } from './bench.js';

let bench: Bench;
/** The endpoint that lies; the honest one is the bench's own proxy. */
let liar: FaultyProxy;
let cacheDir: string;
const chains: OpenChain[] = [];

beforeAll(async () => {
  bench = await Bench.open();
  liar = await FaultyProxy.start(bench.devnet.url);
});
afterEach(async () => {
  for (const chain of chains.splice(0)) await chain.close();
  await bench.calm();
  liar.reset();
});
afterAll(async () => {
  await liar?.close();
  await bench?.close();
});

const UNIT = 10_000_000_000n;
const bondExtra: RuntimeCall = {
  pallet: 'Staking',
  call: 'bond_extra',
  args: { max_additional: UNIT },
};
const swapped = swapCalls('bond_extra', 'unbond');
const alter = (value: unknown): Fault => ({ kind: 'alter', with: () => value });
const isValidation = ([api]: readonly unknown[]) => api === 'TaggedTransactionQueue_validate_transaction';
/** Whatever is asked about the digest, the liar says this. */
const lieAboutDigest = (answer: string) => liar.on('state_call', alter(answer), { when: isValidation });
const ABSENT = '0x010100';
const NO_FUNDS = '0x010001';

/** A cache of its own for each test, unless it goes on with one. */
const freshCache = () => {
  cacheDir = mkdtempSync(join(bench.directory, 'trust-'));
};

interface Visit {
  readonly endpoints?: readonly string[];
  readonly guarded?: boolean;
  readonly metadataHash?: TxOptions['metadataHash'];
  readonly agree?: TxOptions['agree'];
  readonly token?: { symbol?: string; decimals?: number; ss58Prefix?: number };
  readonly call?: RuntimeCall;
}

/** A rehearsal by way of these endpoints, with all that is needed to send it. */
async function visit({
  endpoints = [liar.url],
  guarded = true,
  metadataHash,
  agree,
  token,
  call,
}: Visit = {}) {
  const chain = await connect({
    endpoints,
    timeoutMs: 120_000,
    cacheDir,
    ...(guarded ? { expect: { genesisHash: bench.devnet.genesisHash } } : {}),
    ...(token ? { token } : {}),
  });
  chains.push(chain);
  const sender: Sender = await bench.sender(
    '//Nominator',
    { journalDir: mkdtempSync(join(bench.directory, 'journal-')) },
    bench.devnet.url,
  );
  const options: TxOptions = {
    ...sender.options,
    endpoints: endpoints,
    ...(metadataHash ? { metadataHash } : {}),
    agree,
  };
  const plan = planOf(options.signer, call ?? bondExtra);
  const rehearsal = await rehearse(chain, plan, options);
  const { checks } = rehearsal.preflight;
  const send = () => execute(chain, plan, rehearsal, sender.signer, options);
  return { chain, rehearsal, checks, send, of: (id: string) => checks.find((check) => check.id === id) };
}

/** What the account has sent, as the chain itself reads it. */
async function sent<T>(run: () => Promise<T>): Promise<readonly string[]> {
  const before = await bench.devnet.head();
  await run().catch(() => {});
  await bench.devnet.newBlock();
  const { signer } = (await bench.sender('//Nominator', {}, bench.devnet.url)).options;
  return (await bench.sentBy(signer, before)).map((call) => `${call.pallet}.${call.call}`);
}

const failed = (checks: readonly Check[]) => checks.filter(({ ok }) => ok === false).map(({ id }) => id);

describe('an honest endpoint', () => {
  it('has its digest committed to; the chain takes the signature', async () => {
    freshCache();
    const { of, rehearsal, send } = await visit({ endpoints: [bench.proxy.url] });
    expect(of('METADATA_HASH')).toMatchObject({ ok: true, detail: rehearsal.preflight.metadataHash });
    expect(of('TOKEN')).toMatchObject({
      ok: true,
      title: expect.stringContaining('according to the endpoint'),
    });
    expect(rehearsal.preflight.metadataHash).toMatch(/^0x[0-9a-f]{64}$/);
    const outcomes: unknown[] = [];
    expect(await sent(async () => outcomes.push(await send()))).toEqual(['Staking.bond_extra']);
    expect(outcomes[0]).toMatchObject({ kind: 'included' });
  });

  it('is asked for nothing again by the second command but whether the chain knows the digest', async () => {
    freshCache();
    await visit({ endpoints: [bench.proxy.url] });
    const imported = async () => {
      bench.proxy.reset();
      const began = performance.now();
      const { chain, of } = await visit({ endpoints: [bench.proxy.url] });
      expect(of('METADATA_HASH')).toMatchObject({ ok: true });
      const kept = await chain.trust.store.digest(chain.trust.metadata, '10 UNIT');
      expect(kept).toBe(of('METADATA_HASH')?.detail);
      return performance.now() - began;
    };
    await imported();
    expect(bench.proxy.seen.filter((method) => method === 'state_getMetadata')).toEqual([]);
    expect(bench.proxy.count('state_call')).toBe(3); // the digest, the fee, the dry run
  });

  it('without a metadata hash is signed for, and that is said; where it is required, not', async () => {
    freshCache();
    bench.proxy.on('state_call', alter(ABSENT), { when: isValidation });
    const auto = await visit({ endpoints: [bench.proxy.url] });
    expect(auto.rehearsal.preflight.metadataHash).toBeNull();
    expect(auto.of('METADATA_HASH')).toMatchObject({
      ok: 'warn',
      title: expect.stringContaining('not commit'),
    });
    expect(auto.of('TOKEN')).toMatchObject({ ok: 'warn' });
    const required = await visit({ endpoints: [bench.proxy.url], metadataHash: 'require' });
    expect(failed(required.checks)).toEqual(['METADATA_HASH']);
    await expect(required.send()).rejects.toMatchObject({ code: 'METADATA_HASH', exit: 4 });
  });

  it('is signed for without it by --metadata-hash off, and that is said', async () => {
    freshCache();
    const { of, rehearsal } = await visit({ endpoints: [bench.proxy.url], metadataHash: 'off' });
    expect(rehearsal.preflight.metadataHash).toBeNull();
    expect(of('METADATA_HASH')).toMatchObject({
      ok: 'warn',
      detail: expect.stringContaining('--metadata-hash off'),
    });
    expect(bench.proxy.count('state_call')).toBe(3); // the metadata, the fee, the dry run
  });

  it('that does not say whether it knows the digest gets a signature that commits to it all the same', async () => {
    freshCache();
    for (const fault of [
      { kind: 'error', code: -32601, message: 'Method not found' } as const,
      alter(null),
      alter('0x'),
      alter('nonsense'),
      alter('0x010005'),
    ]) {
      bench.proxy.reset().on('state_call', fault, { when: isValidation });
      const { of, rehearsal } = await visit({ endpoints: [bench.proxy.url] });
      expect(rehearsal.preflight.metadataHash).toMatch(/^0x/);
      expect(of('METADATA_HASH')).toMatchObject({ ok: 'warn' });
    }
  });
});

describe('a node that serves forged metadata', () => {
  it('is found out by the chain before a key is touched', async () => {
    freshCache();
    forgeMetadata(liar, swapped);
    const { checks, send } = await visit();
    expect(failed(checks)).toContain('METADATA_HASH');
    expect(await sent(send)).toEqual([]);
  });

  it('and lies about the digest too, gets a signature that the chain refuses', async () => {
    freshCache();
    forgeMetadata(lieAboutDigest(NO_FUNDS), swapped);
    const { checks, of, send } = await visit();
    expect(failed(checks)).toEqual([]);
    expect(of('METADATA_HASH')).toMatchObject({ ok: true });
    expect(await sent(send)).toEqual([]);
  });

  it('would get another call signed without the commitment: this is what it is for', async () => {
    freshCache();
    forgeMetadata(liar, swapped);
    const { send, of } = await visit({ metadataHash: 'off' });
    expect(of('METADATA_HASH')).toMatchObject({ ok: 'warn' });
    expect(await sent(send)).toEqual(['Staking.unbond']);
  });

  it('is found out by a second endpoint, whichever is asked first and whatever it says of the digest', async () => {
    for (const answer of [ABSENT, NO_FUNDS]) {
      for (const order of [
        [liar.url, bench.proxy.url],
        [bench.proxy.url, liar.url],
      ]) {
        freshCache();
        liar.reset();
        forgeMetadata(lieAboutDigest(answer), swapped);
        const { checks, of, send } = await visit({ endpoints: order });
        expect(failed(checks)).toContain('METADATA_AGREES');
        expect(of('METADATA_AGREES')?.detail).toContain(liar.url);
        expect(await sent(send)).toEqual([]);
      }
    }
  });

  it('does not reach a later command through an honest endpoint', async () => {
    for (const guarded of [true, false]) {
      freshCache();
      liar.reset();
      forgeMetadata(liar, swapped);
      const poisoned = await connect({ endpoints: [liar.url], timeoutMs: 120_000, cacheDir });
      chains.push(poisoned);
      const honest = await visit({ endpoints: [bench.proxy.url], guarded });
      expect(honest.chain.encodeCall(bondExtra).hex).not.toBe(poisoned.encodeCall(bondExtra).hex);
      expect(failed(honest.checks)).toEqual([]);
      // The liar is remembered.
      expect(honest.of('METADATA_RIVAL')).toMatchObject({ ok: 'warn', detail: liar.url });
      expect(await sent(honest.send)).toEqual(['Staking.bond_extra']);
    }
  });

  it('that served it before stops what no signature and no second endpoint backs', async () => {
    freshCache();
    forgeMetadata(liar, swapped);
    await visit();
    const { checks } = await visit({ endpoints: [bench.proxy.url], metadataHash: 'off' });
    expect(failed(checks)).toEqual(['METADATA_RIVAL']);
  });

  it('of another version, or of another runtime', async () => {
    for (const lie of [
      // Only the older form, in which nothing can be committed to.
      () => liar.on('state_call', alter('0x00'), { when: ([api]) => api === 'Metadata_metadata_at_version' }),
      () => liar,
    ]) {
      freshCache();
      liar.reset();
      lie();
      forgeMetadata(lieAboutDigest(ABSENT), swapped);
      const { of, checks, send } = await visit({ metadataHash: 'auto' });
      if (of('METADATA_HASH')?.ok === 'warn') continue;
      expect(failed(checks)).toEqual(['METADATA_HASH']);
      expect(await sent(send)).toEqual([]);
    }
  });

  it('that hides the extension gets what the chain cannot read: not even its fee can be asked for', async () => {
    freshCache();
    forgeMetadata(lieAboutDigest(ABSENT), (draft) => {
      swapped(draft);
      withoutExtension(draft, 'CheckMetadataHash');
    });
    // The transaction lacks a byte.
    await expect(visit()).rejects.toMatchObject({ exit: 5 });
  });

  it('that says that the chain has no hash is not believed once it was seen to have one', async () => {
    freshCache();
    await visit({ endpoints: [bench.proxy.url, bench.devnet.url] });
    forgeMetadata(lieAboutDigest(ABSENT), swapped);
    const { checks, send } = await visit();
    expect(failed(checks)).toContain('METADATA_HASH');
    expect(await sent(send)).toEqual([]);
    liar.reset();
    lieAboutDigest(ABSENT);
    const other = await visit({ endpoints: [liar.url] });
    expect(failed(other.checks)).toContain('METADATA_HASH');
  });

  it('that says so is not believed where a second endpoint knows the hash', async () => {
    freshCache();
    lieAboutDigest(ABSENT);
    const { rehearsal, of } = await visit({ endpoints: [liar.url, bench.proxy.url] });
    expect(of('METADATA_HASH')).toMatchObject({ ok: true });
    expect(rehearsal.preflight.metadataHash).toMatch(/^0x/);
  });
});

function withoutExtension({ body }: Draft, name: string): void {
  for (const list of [body.extrinsic.signedExtensions, body.extrinsic.transactionExtensions]) {
    const at =
      list?.findIndex(({ identifier }: { identifier: unknown }) => String(identifier) === name) ?? -1;
    if (at >= 0) list.splice(at, 1);
  }
}

describe('a node that hides a part of the chain', () => {
  it.each([
    ['DryRunApi', 'DryRunApx'],
    ['Multisig', 'Multisiq'],
  ])('%s: stops the sending once it was seen', async (name, other) => {
    freshCache();
    await visit({ endpoints: [bench.proxy.url, bench.devnet.url] });
    // Of the same code it would not be asked: what two endpoints served is known.
    liar.on('state_getStorageHash', alter(`0x${'cd'.repeat(32)}`));
    renamePallet(liar, name, other);
    lieAboutDigest(NO_FUNDS);
    const { of, send } = await visit();
    expect(of('METADATA_LACKS')).toMatchObject({ ok: false, detail: expect.stringContaining(name) });
    await expect(send()).rejects.toMatchObject({ exit: 4 });
    // Whoever does not hide it is not stopped.
    const honest = await visit({ endpoints: [bench.proxy.url], call: { ...bondExtra } });
    expect(honest.of('METADATA_LACKS')).toBeUndefined();
    expect(failed(honest.checks)).toEqual([]);
  });
});

describe('a node that lies about the token', () => {
  const properties = (changed: object): Fault => ({
    kind: 'alter',
    with: (result) => ({ ...(result as object), ...changed }),
  });
  const lies = [
    ['decimals', { tokenDecimals: 12 }],
    ['symbol', { tokenSymbol: 'UNIX' }],
  ] as const;

  it.each(lies)('%s: the digest is another, and the chain refuses the signature', async (_name, lie) => {
    freshCache();
    liar.on('system_properties', properties(lie));
    const { checks } = await visit();
    expect(failed(checks)).toEqual(['METADATA_HASH']);
    freshCache();
    lieAboutDigest(NO_FUNDS);
    const { checks: fooled, of, send } = await visit();
    expect(failed(fooled)).toEqual([]);
    expect(of('TOKEN')).toMatchObject({
      ok: true,
      title: expect.stringContaining('according to the endpoint'),
    });
    expect(await sent(send)).toEqual([]);
  });

  it.each(lies)('%s: a second endpoint contradicts', async (name, lie) => {
    freshCache();
    liar.on('system_properties', properties(lie));
    lieAboutDigest(ABSENT);
    for (const endpoints of [
      [liar.url, bench.proxy.url],
      [bench.proxy.url, liar.url],
    ]) {
      const { checks, of } = await visit({ endpoints, metadataHash: 'off' });
      expect(failed(checks)).toEqual(['TOKEN']);
      expect(of('TOKEN')?.title).toContain(name);
    }
  });

  it('that is configured, changes nothing', async () => {
    freshCache();
    liar.on('system_properties', properties({ tokenDecimals: 12, tokenSymbol: 'UNIX', ss58Format: 7 }));
    const token = { symbol: 'UNIT', decimals: 10, ss58Prefix: 42 };
    const { chain, of, checks } = await visit({ token });
    expect(chain.token).toEqual(token);
    expect(of('TOKEN')).toBeUndefined();
    expect(failed(checks)).toEqual([]);
    expect(of('METADATA_HASH')).toMatchObject({ ok: true });
  });

  it('prefix: addresses are written with the metadata’s own', async () => {
    freshCache();
    liar.on('system_properties', properties({ ss58Format: 0 }));
    const { chain, checks } = await visit();
    expect(chain.token.ss58Prefix).toBe(42);
    expect(chain.trust.tokenSources.ss58Prefix).toBe('metadata');
    expect(failed(checks)).toEqual([]);
  });

  it('and says no decimals: amounts are base units, and nothing is signed without the digest', async () => {
    freshCache();
    liar.on('system_properties', alter({}));
    const { chain, checks, of } = await visit();
    expect(chain.token).toEqual({
      symbol: 'planck',
      decimals: 0,
      ss58Prefix: 42,
      undenominated: 'its token',
    });
    expect(failed(checks)).toEqual(['METADATA_HASH']);
    expect(of('TOKEN')).toMatchObject({
      ok: 'warn',
      remedy: expect.stringContaining('networks.<name>.token'),
    });
    const known = await visit({ token: { symbol: 'UNIT', decimals: 10 } });
    expect(failed(known.checks)).toEqual([]);
  });
});

test('a second endpoint that cannot be asked is told where nothing else backs the metadata', async () => {
  freshCache();
  const dead = await deadUrl();
  const backed = await visit({ endpoints: [bench.proxy.url, dead] });
  expect(backed.of('METADATA_AGREES')).toBeUndefined();
  const unbacked = { endpoints: [bench.proxy.url, dead], metadataHash: 'off' } as const;
  const { of, send } = await visit(unbacked);
  expect(of('METADATA_UNCHECKED')).toMatchObject({
    ok: false,
    title: expect.stringContaining('not compared'),
  });
  await expect(send()).rejects.toMatchObject({ exit: 5 });
  const warned = await visit({ ...unbacked, agree: 'warn' });
  expect(warned.of('METADATA_UNCHECKED')).toMatchObject({ ok: 'warn' });
  expect(failed(warned.checks)).toEqual([]);
  // One that is there for the block and not for the metadata is as good as none.
  const limited = await FaultyProxy.start(bench.devnet.url);
  const fault: Fault = { kind: 'error', code: -32029, message: 'rate limit, retry after 60 s' };
  limited.on('state_call', fault).on('state_getMetadata', fault);
  const half = await visit({ endpoints: [bench.proxy.url, limited.url], metadataHash: 'off' });
  expect(failed(half.checks)).toEqual(['METADATA_UNCHECKED']);
  await expect(half.send()).rejects.toMatchObject({ code: 'METADATA_UNCHECKED', exit: 5 });
  await limited.close();
  const other = await FaultyProxy.start(bench.devnet.url);
  other.on('chain_getBlockHash', alter(`0x${'cd'.repeat(32)}`), { when: ([number]) => number === 0 });
  const wrong = await visit({ endpoints: [bench.proxy.url, other.url], metadataHash: 'off' });
  expect(wrong.of('METADATA_UNCHECKED')).toMatchObject({
    ok: false,
    detail: expect.stringContaining('another chain'),
  });
  await other.close();
});

describe('who is the second endpoint', () => {
  const METHOD_NOT_FOUND: Fault = { kind: 'error', code: -32601, message: 'Method not found' };

  it('is never the one that served the metadata, though another is in use by now', async () => {
    freshCache();
    forgeMetadata(lieAboutDigest(ABSENT), swapped);
    // It has told what it had to tell, and lets the honest one do the rest.
    liar.on('state_queryStorageAt', { kind: 'dropBefore', dies: false });
    bench.proxy.on('state_call', alter(ABSENT), { when: isValidation });
    const { chain, checks, of, send } = await visit({ endpoints: [liar.url, bench.proxy.url] });
    expect(chain.rpc.url).toBe(bench.proxy.url);
    expect(chain.trust.servedBy).toBe(liar.url);
    expect(failed(checks)).toContain('METADATA_AGREES');
    expect(of('METADATA_AGREES')?.detail).toContain(`${liar.url} and ${bench.proxy.url}`);
    expect(await sent(send)).toEqual([]);
  });

  it('nor the one that told of the token', async () => {
    freshCache();
    liar
      .on('system_properties', {
        kind: 'alter',
        with: (result) => ({ ...(result as object), tokenDecimals: 12 }),
      })
      .on('state_queryStorageAt', { kind: 'dropBefore', dies: false });
    const { checks, of } = await visit({ endpoints: [liar.url, bench.proxy.url], metadataHash: 'off' });
    expect(failed(checks)).toEqual(['TOKEN']);
    expect(of('TOKEN')?.detail).toBe(`12 at ${liar.url}, 10 at ${bench.proxy.url}`);
  });

  it('a method that it refuses moves nothing: facts and metadata come from one endpoint', async () => {
    freshCache();
    liar.on('rpc_methods', METHOD_NOT_FOUND).on('state_getStorageHash', METHOD_NOT_FOUND);
    const chain = await connect({ endpoints: [liar.url, bench.proxy.url], timeoutMs: 60_000, cacheDir });
    chains.push(chain);
    expect(chain.fork).toBeNull();
    expect(chain.rpc.url).toBe(liar.url);
    expect(bench.proxy.count()).toBe(0);
  });

  it('a key in its address does not make one endpoint two', async () => {
    freshCache();
    const keyed = `${bench.proxy.url}/KEY`;
    for (const endpoints of [[keyed], [keyed, `${keyed}`]]) {
      const { checks, of } = await visit({ endpoints, metadataHash: 'off' });
      expect(failed(checks)).toEqual([]);
      for (const id of ['METADATA_AGREES', 'ENDPOINTS_AGREE']) expect(of(id)).toBeUndefined();
      expect(of('TOKEN')).toMatchObject({ ok: 'warn', detail: expect.stringContaining('alone says so') });
    }
  });

  it('is opened once for all that is asked of it, and closed with the chain', async () => {
    freshCache();
    liar.reset();
    await visit({ endpoints: [bench.proxy.url, liar.url] });
    expect(liar.connections).toBe(1);
  });
});
