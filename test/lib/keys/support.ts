/** What the tests of keys share: a directory of their own, cheap encryption, secrets that can be searched for. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';
import { BursarError, type ExitCode } from '../../../src/lib/errors.js';
import type { ScryptCost } from '../../../src/lib/keys/format.js';

/** A quarter of the default cost; polkadot-js reads it too. */
export const CHEAP: ScryptCost = { N: 2 ** 15, r: 8, p: 1 };

/** One of the test phrases of BIP-39: it guards nothing. */
export const MNEMONIC = 'legal winner thank year wave sausage worth useful legal winner thank yellow';
export const SEED = `0x${'5a17c0de'.repeat(8)}`;
export const PASSPHRASE = 'correct horse Bättery staple 7391';

export const bytes = (text: string): Buffer => Buffer.from(text);

/** A new directory that is removed when the file's tests have ended. */
export function scratch(): string {
  const directory = mkdtempSync(join(tmpdir(), 'bursar-keys-'));
  afterAll(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/** The error of a promise that must fail with this exit code and one of these error codes. */
export async function failure(
  promise: Promise<unknown>,
  exit: ExitCode,
  ...codes: string[]
): Promise<BursarError> {
  const error = await promise.then(
    () => expect.fail('expected an error'),
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(BursarError);
  const failed = error as BursarError;
  expect([failed.exit, codes.includes(failed.code) ? failed.code : codes]).toEqual([exit, failed.code]);
  return failed;
}
