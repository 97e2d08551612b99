/** The runner as a process, on the built library: what `npm run conformance -- DIR` does. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const scratch = mkdtempSync(join(tmpdir(), 'conformance-run-'));
afterAll(() => rmSync(scratch, { recursive: true }));

function conformance(directory: string) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['test/conformance/run.mjs', directory], {
    cwd: root,
    encoding: 'utf8',
  });
  return { status, lines: stdout.trimEnd().split('\n'), stderr };
}

it('passes the vectors that the library covers, in subdirectories too, and says so on the last line', () => {
  const directory = join(scratch, 'good');
  mkdirSync(join(directory, 'below'), { recursive: true });
  cpSync(join(root, 'test/vectors/unbonding_ledger.json'), join(directory, 'unbonding_ledger.json'));
  cpSync(join(root, 'test/vectors/multisig_address.json'), join(directory, 'below/multisig_address.json'));
  cpSync(join(root, 'test/vectors/tx_fee.json'), join(directory, 'below/tx_fee.json'));
  writeFileSync(join(directory, 'not-vectors.json'), '{}');
  const { status, lines, stderr } = conformance(directory);
  expect({ last: lines.at(-1), status, stderr }).toEqual({
    last: '28 passed, 0 failed',
    status: 0,
    stderr: '',
  });
});

it('fails on a wrong expectation and on an op without an implementation, by name', () => {
  const directory = join(scratch, 'bad');
  mkdirSync(directory);
  const file = JSON.parse(readFileSync(join(root, 'test/vectors/multisig_address.json'), 'utf8'));
  file.vectors[0].expected.accountId = file.vectors[1].expected.accountId;
  file.vectors[1].op = 'noSuchOp';
  writeFileSync(join(directory, 'changed.json'), JSON.stringify(file));
  const { status, lines } = conformance(directory);
  expect(status).toBe(1);
  expect(lines.at(-1)).toBe('2 passed, 2 failed');
  expect(lines).toContainEqual(expect.stringMatching(/FAILED threshold_3_differs .*accountId is "0x5d14/));
  expect(lines).toContainEqual(expect.stringContaining('no implementation of op "noSuchOp"'));
});

it('does not call a run without vectors a success', () => {
  const directory = join(scratch, 'empty');
  mkdirSync(directory);
  expect(conformance(directory)).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('No vector files'),
  });
  expect(conformance(join(scratch, 'missing'))).toMatchObject({ status: 2 });
});
