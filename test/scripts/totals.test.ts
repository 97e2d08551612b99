/** .ci/totals.mjs: the numbers that .ci/run adds up. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { REPOSITORY } from '../cli/process.js';

const scratch = mkdtempSync(join(tmpdir(), 'bursar-totals-'));
afterAll(() => rmSync(scratch, { recursive: true }));

function totals(kind: string, text: string): { out: string; err: string } {
  writeFileSync(join(scratch, 'report'), text);
  const program = `${REPOSITORY}.ci/totals.mjs`;
  const { stdout, stderr } = spawnSync(process.execPath, [program, kind, join(scratch, 'report')], {
    encoding: 'utf8',
  });
  return { out: stdout, err: stderr };
}

it('counts tests, and files that could not be loaded', () => {
  const report = {
    numPassedTests: 7,
    numFailedTests: 1,
    testResults: [
      { status: 'passed', assertionResults: [{ status: 'passed' }] },
      {
        name: `${process.cwd()}/test/x.test.ts`,
        status: 'failed',
        assertionResults: [
          { status: 'passed' },
          { status: 'failed', fullName: 'a sum', failureMessages: ['expected 1 to be 2'] },
        ],
      },
      { name: `${process.cwd()}/test/y.test.ts`, status: 'failed', assertionResults: [] },
    ],
  };
  expect(totals('vitest', JSON.stringify(report))).toEqual({
    out: '7 2\n',
    err: '  FAILED test/x.test.ts: a sum\n    expected 1 to be 2\n  FAILED test/y.test.ts: could not be loaded\n',
  });
});

it('counts vectors of mechanisms that are not there apart from those that fail', () => {
  const lines = [
    'a.json: 2 of 4 passed',
    '  FAILED x (f): no implementation of op "f"',
    '  FAILED y (g): result is 1, expected 2',
    '2 passed, 2 failed',
  ];
  expect(totals('conformance', `${lines.join('\n')}\n`).out).toBe('2 1\n');
});

it('prints no numbers when there are none', () => {
  expect(totals('vitest', '').out).toBe('');
  expect(totals('conformance', 'killed').out).toBe('');
});
