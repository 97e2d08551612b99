import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type BlockRecord, Journal } from '../../devnet/journal.js';
import type { BursarError } from '../../src/lib/errors.js';
import { temporaryFolder } from './support.js';

const GENESIS = `0x${'11'.repeat(32)}` as const;
const record = (number: number): BlockRecord => ({
  hash: `0x${number.toString(16).padStart(64, '0')}`,
  number,
  parent: `0x${(number - 1).toString(16).padStart(64, '0')}`,
  header: '0x00',
  extrinsics: ['0x0102'],
  diff: { '0x01': '0x02', '0x03': null },
});

const failure = (run: () => unknown): BursarError => {
  try {
    run();
  } catch (error) {
    return error as BursarError;
  }
  throw new Error('no error');
};

describe('state file', () => {
  it('gives back what was appended, wherever the last line was torn', () => {
    const path = join(temporaryFolder(), 'state');
    const first = Journal.open(path, GENESIS, 'tour');
    expect(first.isNew).toBe(true);
    for (let number = 1; number <= 3; number += 1) first.append(record(number));
    first.close();
    const whole = readFileSync(path);
    const lines = whole.toString().split('\n');
    const start = whole.length - lines.at(-2)!.length - 1;
    fc.assert(
      fc.property(fc.integer({ min: start, max: whole.length - 1 }), (cut) => {
        writeFileSync(path, whole.subarray(0, cut));
        const torn = Journal.open(path, GENESIS, 'tour');
        expect(torn.records).toEqual([record(1), record(2)]);
        torn.append(record(3));
        torn.close();
        expect(readFileSync(path)).toEqual(whole);
      }),
      { numRuns: 30 },
    );
  });

  it('another chain’s file, another format and a folder that is not there are refused', () => {
    const folder = temporaryFolder();
    const path = join(folder, 'state');
    Journal.open(path, GENESIS, 'tour').close();
    const other = failure(() => Journal.open(path, `0x${'22'.repeat(32)}`, 'tour'));
    expect([other.exit, other.code]).toEqual([4, 'STATE_FILE_GENESIS']);
    writeFileSync(path, '{"some":"file"}\n');
    expect(failure(() => Journal.open(path, GENESIS, 'tour')).code).toBe('STATE_FILE_FORMAT');
    expect(readFileSync(path, 'utf8')).toBe('{"some":"file"}\n');
    expect(failure(() => Journal.open(join(folder, 'none', 'state'), GENESIS, 'tour')).code).toBe(
      'STATE_FILE_UNWRITABLE',
    );
  });

  it('is used by one process at a time; the lock of a dead one does not count', () => {
    const path = join(temporaryFolder(), 'state');
    const open = Journal.open(path, GENESIS, 'tour');
    expect(failure(() => Journal.open(path, GENESIS, 'tour')).code).toBe('STATE_FILE_LOCKED');
    open.close();
    expect(existsSync(`${path}.lock`)).toBe(false);
    // Process ids end far below this one.
    appendFileSync(`${path}.lock`, '2147483646\n');
    Journal.open(path, GENESIS, 'tour').close();
  });
});
