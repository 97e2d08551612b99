import { describe, expect, it } from 'vitest';
import { Runtime } from '../../../src/lib/chain/runtime.js';
import { assertSignable } from '../../../src/lib/tx/extrinsic.js';
import { type Draft, forged, put } from '../../support/metadata.js';
import { metadataOf, NAMES, tokenOf } from './chains.js';

const p = await import('#polkadot');
const runtime = (metadata: string) => new Runtime(p, metadata, tokenOf('polkadot'));
const typeAt = (draft: Draft, path: string) =>
  draft.body.lookup.types.find(
    ({ type }: { type: { path: unknown[] } }) => type.path.map(String).join('::') === path,
  ).type;
const setPath = (draft: Draft, type: Map<string, unknown>, path: string[]) =>
  type.set('path', draft.registry.createType('Vec<Text>' as 'Vec<u8>', path as never));

/** Accounts of 20 bytes, as of Moonbeam's `fp_account::AccountId20`. */
function ethereumAccounts(draft: Draft): void {
  const account = typeAt(draft, 'sp_core::crypto::AccountId32');
  setPath(draft, account, ['account', 'AccountId20']);
  const bytes = account.def.asComposite.fields[0].type;
  const twenty = draft.body.lookup.types.find(
    ({ type }: { type: { def: { isArray: boolean; asArray: { len: { toNumber(): number } } } } }) =>
      type.def.isArray && type.def.asArray.len.toNumber() === 20,
  );
  if (twenty) account.def.asComposite.fields[0].set('type', twenty.id);
  else put(draft, draft.body.lookup.getSiType(bytes).def.asArray, 'len', 'u32', 20);
}

/** As Avail's CheckAppId: bytes in the transaction that only that chain knows. */
function appId(draft: Draft): void {
  const { signedExtensions } = draft.body.extrinsic;
  const nonce = signedExtensions.find(
    ({ identifier }: { identifier: unknown }) => String(identifier) === 'CheckNonce',
  );
  const own = draft.registry.createType(
    'SignedExtensionMetadataV14' as 'u8',
    {
      identifier: 'CheckAppId',
      type: nonce.type,
      additionalSigned: nonce.additionalSigned,
    } as never,
  );
  signedExtensions.push(own);
}

describe('a chain', () => {
  it('that is signed for here has no obstacle', async () => {
    for (const name of NAMES) expect(runtime(await metadataOf(name)).obstacles(), name).toEqual([]);
  });

  const unsignable: [string, (draft: Draft) => void, string, RegExp][] = [
    ['with an extension that nobody else has', appId, 'UNKNOWN_EXTENSION', /CheckAppId/],
    ['with accounts of 20 bytes', ethereumAccounts, 'ACCOUNT_FORM', /20 bytes/],
    [
      'with signatures of another kind',
      (draft) => {
        const { variants } = typeAt(draft, 'sp_runtime::MultiSignature').def.asVariant;
        put(draft, variants[1], 'name', 'Text', 'Ethereum');
      },
      'SIGNATURE_FORM',
      /signature/,
    ],
    [
      'with transactions of another version',
      (draft) => put(draft, draft.body.extrinsic, 'version', 'u8', 5),
      'EXTRINSIC_VERSION',
      /version 5/,
    ],
    [
      'with an extension of a known name and other content',
      (draft) => {
        const { signedExtensions } = draft.body.extrinsic;
        const of = (name: string) =>
          signedExtensions.find(({ identifier }: { identifier: unknown }) => String(identifier) === name);
        of('CheckNonce').set('type', of('CheckGenesis').additionalSigned);
      },
      'UNKNOWN_EXTENSION',
      /CheckNonce/,
    ],
  ];
  it.each(unsignable)('%s is named, and nothing is signed for it', async (_name, change, code, why) => {
    for (const name of ['polkadot', 'node14'] as const) {
      const strange = runtime(forged(await metadataOf(name), change));
      expect(
        strange.obstacles().map((one) => one.code),
        name,
      ).toEqual([code]);
      const chain = { runtime: strange, identity: { specName: 'strange' } };
      const refuse = () => assertSignable(chain as never);
      expect(refuse).toThrow(expect.objectContaining({ code, exit: 4, message: expect.stringMatching(why) }));
      expect(refuse).toThrow(expect.objectContaining({ hint: expect.stringContaining('will not help') }));
    }
  });
});
