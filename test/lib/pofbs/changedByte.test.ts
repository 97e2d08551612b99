/** Any single byte of a published file that is changed changes the verdict on the epoch. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { verifyFiles } from '../../../src/lib/pofbs/files/verifyFiles.js';
import { gpmpOf } from '../../../src/lib/pofbs/gpmp.js';
import { parseManifest } from '../../../src/lib/pofbs/manifest.js';
import { writeEpoch } from './epochs.js';
import { anyRows } from './snapshots.js';

const scratch = mkdtempSync(join(tmpdir(), 'bursar-byte-'));
afterAll(() => rmSync(scratch, { recursive: true }));

async function valid(directory: string, gpmp: string): Promise<boolean> {
  const { valid: is, first } = await verifyFiles(directory, { gpmp }, {});
  expect(is).toBe(first === null);
  return is;
}

describe.each(['USDC.csv', 'manifest.json'])('%s', (file) => {
  it('a byte that is changed, added or left out makes the epoch FALSE', async () => {
    const directory = join(scratch, file);
    await fc.assert(
      fc.asyncProperty(
        anyRows(12),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        fc.constantFrom('change', 'add', 'remove'),
        async (rows, at, by, how) => {
          const { gpmp } = writeEpoch(directory, { USDC: { rows } });
          expect(await valid(directory, gpmp)).toBe(true);
          const path = join(directory, file);
          const bytes = readFileSync(path);
          const place = at % bytes.length;
          const [before, after] = [bytes.subarray(0, place), bytes.subarray(place + (how === 'add' ? 0 : 1))];
          const between = how === 'remove' ? [] : [how === 'add' ? by : bytes[place]! ^ by];
          const changed = Buffer.concat([before, Buffer.from(between), after]);
          if (changed.equals(bytes)) return;
          writeFileSync(path, changed);
          expect(await valid(directory, gpmp)).toBe(false);
        },
      ),
      { numRuns: 150 },
    );
  });
});

it('no byte of a manifest can be changed so that it is still read', () => {
  const rows = fc.sample(anyRows(3), { numRuns: 1, seed: 3 })[0]!;
  const directory = join(scratch, 'every');
  const { gpmp } = writeEpoch(directory, { USDC: { rows } });
  const bytes = readFileSync(join(directory, 'manifest.json'));
  const read = parseManifest(bytes);
  expect(gpmpOf(read, read.assets)).toBe(gpmp);
  for (let place = 0; place < bytes.length; place++)
    for (const byte of [0x20, 0x30, 0x39, 0x61, 0x66]) {
      if (bytes[place] === byte) continue;
      const changed = Buffer.from(bytes);
      changed[place] = byte;
      expect(() => parseManifest(changed), `byte ${place}`).toThrow(
        expect.objectContaining({ code: 'R_MANIFEST', exit: 9 }),
      );
    }
});
