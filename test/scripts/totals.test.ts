/** .ci/totals.mjs: the numbers that .ci/run adds up. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { REPOSITORY } from '../cli/process.js';

const scratch = mkdtempSync(join(tmpdir(), 'bursar-totals-'));
afterAll(() => rmSync(scratch, { recursive: true }));

function totals(kind: string, text: string): string {
  writeFileSync(join(scratch, 'report'), text);
  const program = `${REPOSITORY}.ci/totals.mjs`;
  return spawnSync(process.execPath, [program, kind, join(scratch, 'report')], { encoding: 'utf8' }).stdout;
}

it('counts tests, and files that could not be loaded', () => {
  const report = {
    numPassedTests: 7,
    numFailedTests: 1,
    testResults: [
      { status: 'passed', assertionResults: [{ status: 'passed' }] },
      { status: 'failed', assertionResults: [{ status: 'passed' }, { status: 'failed' }] },
      { status: 'failed', assertionResults: [] },
    ],
  };
  expect(totals('vitest', JSON.stringify(report))).toBe('7 2\n');
});

it('counts vectors of mechanisms that are not there apart from those that fail', () => {
  const lines = [
    'a.json: 2 of 4 passed',
    '  FAILED x (f): no implementation of op "f"',
    '  FAILED y (g): result is 1, expected 2',
    '2 passed, 2 failed',
  ];
  expect(totals('conformance', `${lines.join('\n')}\n`)).toBe('2 1\n');
});

it('prints no numbers when there are none', () => {
  expect(totals('vitest', '')).toBe('');
  expect(totals('conformance', 'killed')).toBe('');
});
