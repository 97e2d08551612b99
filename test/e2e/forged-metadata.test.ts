import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { Check } from '../../src/lib/tx/plan.js';
import { Desk, type Printed } from '../support/desk.js';
import { type Draft, forgeMetadata, swapCalls } from '../support/metadata.js';
import { FaultyProxy } from '../support/proxy.js';

/** A node that swaps bond_extra and unbond in the metadata that it serves, and an operator who uses it without knowing. */

vi.setConfig({ testTimeout: 240_000 });

let desk: Desk;
let liar: FaultyProxy;

beforeAll(async () => {
  desk = await Desk.open({ keys: ['nominator', 'operator', 'alice'] });
  liar = await FaultyProxy.start(desk.devnet.url);
});
afterAll(async () => {
  await liar?.close();
  await desk?.close();
});

const bondExtra = ['stake', 'bond-extra', '--amount', '1UNIT', '--from', 'nominator', '--yes'];
const checksOf = ({ result, error }: Printed): Check[] =>
  result?.checks ?? (error?.details as { checks: never[] } | undefined)?.checks ?? [];
/** A run that remembers nothing. */
const fresh = () => ({ env: { BURSAR_CACHE_DIR: mkdtempSync(join(desk.directory, 'cache-')) } });
const found = (printed: Printed, id: string) => checksOf(printed).find((check) => check.id === id);

/** The calls of the nominator in the blocks after `from`. */
async function callsAfter(from: number): Promise<string[]> {
  await desk.devnet.newBlock();
  const chain = await desk.chain();
  const calls: string[] = [];
  for (let number = from + 1; number <= (await desk.devnet.head()); number++) {
    const hash = await chain.rpc.request<string>('chain_getBlockHash', [number]);
    const { block } = await chain.rpc.request<{ block: { extrinsics: string[] } }>('chain_getBlock', [hash]);
    for (const hex of block.extrinsics) {
      const { signer, call } = chain.runtime.decodeExtrinsic(hex);
      if (signer !== null) calls.push(`${call.pallet}.${call.call}`);
    }
  }
  return calls;
}

test('a read-only command through the liar reaches no later one through an honest endpoint', async () => {
  liar.reset();
  forgeMetadata(liar, swapCalls('bond_extra', 'unbond'));
  const before = await desk.devnet.head();
  // Named without a network too: then nothing at all is known of the chain.
  await desk.json(['stake', 'status', 'nominator', '--rpc', liar.url]);
  await desk.json(['stake', 'status', 'nominator', '--rpc', liar.url, '--network', 'devnet']);
  const { result } = await desk.json(bondExtra);
  expect(result.outcome.verdict).toBe('ok');
  expect(await callsAfter(before)).toEqual(['Staking.bond_extra']);
});

test('through the liar nothing is signed: by one command and by a run of many', async () => {
  liar.reset();
  forgeMetadata(liar, swapCalls('bond_extra', 'unbond'));
  const before = await desk.devnet.head();
  const alone = await desk.both([...bondExtra, '--rpc', liar.url], 4);
  expect(alone.json.error?.code).toBe('METADATA_HASH');
  expect(alone.text.stderr).toContain('refuses a signature over this metadata');
  for (const args of [
    [...bondExtra, '--rpc', liar.url, '--rpc', desk.devnet.url],
    [...bondExtra, '--rpc', liar.url, '--rpc', desk.devnet.url, '--dry-run'],
    ['payouts', 'run', '--all', '--from', 'alice', '--yes', '--rpc', liar.url, '--rpc', desk.devnet.url],
  ]) {
    const { error } = await desk.json([...args, '--network', 'devnet'], 4);
    expect(['METADATA_HASH', 'METADATA_AGREES']).toContain(error?.code);
  }
  const doctor = await desk.json(['doctor', '--rpc', liar.url, '--rpc', desk.devnet.url], 4);
  expect(found(doctor, 'METADATA_AGREES')).toMatchObject({ ok: false });
  expect(await callsAfter(before)).toEqual([]);
});

test('--metadata-hash off is said aloud; the file and the environment do not take it', async () => {
  const dry = await desk.both([...bondExtra, '--dry-run', '--metadata-hash', 'off'], 0, fresh());
  expect(found(dry.json, 'METADATA_HASH')).toMatchObject({ ok: 'warn' });
  expect(dry.text.stdout).toContain('does not commit to the metadata');
  const honest = await desk.json([...bondExtra, '--dry-run', '--metadata-hash', 'require']);
  expect(found(honest, 'METADATA_HASH')).toMatchObject({ ok: true });
  const { error } = await desk.json([...bondExtra, '--dry-run'], 2, { env: { BURSAR_METADATA_HASH: 'off' } });
  expect(error?.message).toContain('--metadata-hash off');
});

describe('a chain that cannot be signed for', () => {
  const appId = (draft: Draft) => {
    const { signedExtensions } = draft.body.extrinsic;
    const nonce = signedExtensions.find(
      ({ identifier }: { identifier: unknown }) => String(identifier) === 'CheckNonce',
    );
    const { type, additionalSigned } = nonce;
    const own = { identifier: 'CheckAppId', type, additionalSigned };
    signedExtensions.push(draft.registry.createType('SignedExtensionMetadataV14' as 'u8', own as never));
  };

  test('is named by doctor and by every dry run, with 4', async () => {
    liar.reset();
    forgeMetadata(liar, appId);
    const via = ['--rpc', liar.url, '--network', 'devnet'];
    const doctor = await desk.both(['doctor', ...via], 4, fresh());
    expect(found(doctor.json, 'EXTENSIONS')).toMatchObject({ ok: false });
    expect(doctor.text.stdout).toContain('CheckAppId');
    for (const args of [
      ['stake', 'bond-extra', '--amount', '1UNIT', '--from', 'nominator'],
      ['stake', 'chill', '--from', 'nominator'],
      ['payouts', 'run', '--from', 'alice'],
    ]) {
      const { error } = await desk.json([...args, '--dry-run', ...via], 4, fresh());
      expect(error).toMatchObject({
        code: 'UNKNOWN_EXTENSION',
        message: expect.stringContaining('CheckAppId'),
      });
      expect(error?.hint).not.toMatch(/try again\b(?! will not)/i);
    }
  });
});

test('doctor says what only the endpoint says, where its properties differ from the metadata, and where staking has moved', async () => {
  liar.reset();
  const relay = '0x91b171bb158e2d3848fa23a9f1c25182fb8e20313b2c1eb49219da7a70ce90c3';
  liar.on('system_properties', {
    kind: 'alter',
    with: (result) => ({ ...(result as object), ss58Format: 137 }),
  });
  liar.on('chain_getBlockHash', { kind: 'alter', with: () => relay }, { when: ([number]) => number === 0 });
  const empty = join(desk.directory, 'empty.json');
  writeFileSync(empty, '{}');
  const doctor = await desk.json(['doctor', '--rpc', liar.url], 4, {
    env: { ...fresh().env, BURSAR_CONFIG: empty },
  });
  // The genesis hash is signed too, so that this lie is found out as well.
  expect(doctor.error?.code).toBe('METADATA_HASH');
  expect(found(doctor, 'TOKEN')?.title).toContain('according to the endpoint');
  expect(found(doctor, 'ADDRESS_PREFIX')).toMatchObject({
    ok: 'warn',
    title: expect.stringContaining('137'),
  });
  const staking = found(doctor, 'STAKING');
  expect(staking?.ok).toBe('warn');
  expect(staking?.title).toContain('Polkadot Asset Hub');
  expect(staking?.remedy).toContain('--network polkadot');
});
