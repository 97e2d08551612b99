/** The example epochs are what their script makes of their ledgers, and the commands of their README run. */

import { spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { BIN, REPOSITORY } from '../cli/process.js';

const EXAMPLE = `${REPOSITORY}examples/pofbs-epochs`;
const scratch = mkdtempSync(join(tmpdir(), 'bursar-pofbs-epochs-'));
afterAll(() => rmSync(scratch, { recursive: true }));

function shell(script: string, cwd: string): Promise<{ code: number | null; output: string }> {
  const child = spawn('sh', ['-c', script], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH ?? '',
      HOME: scratch,
      BURSAR_CONFIG_DIR: join(scratch, 'config'),
      BURSAR: `${process.execPath} ${BIN}`,
    },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  return new Promise((resolve) => child.on('close', (code) => resolve({ code, output })));
}

const filesOf = (directory: string): string[] =>
  readdirSync(directory, { recursive: true, encoding: 'utf8' })
    .filter((name) => /^epoch-\d\/.+\./.test(name))
    .sort();

describe('the example epochs', () => {
  it('are made from their ledgers, byte for byte', async () => {
    const made = join(scratch, 'made');
    const { code, output } = await shell(`sh '${EXAMPLE}/make.sh' '${made}'`, scratch);
    expect([code, output]).toEqual([0, expect.stringContaining('Epoch 2')]);
    expect(filesOf(made)).toEqual(filesOf(EXAMPLE));
    expect(filesOf(made)).toHaveLength(18);
    for (const name of filesOf(made))
      expect([name, readFileSync(join(made, name), 'latin1')]).toEqual([
        name,
        readFileSync(join(EXAMPLE, name), 'latin1'),
      ]);
  });
  it('are as their README says', async () => {
    const copy = join(scratch, 'copy');
    cpSync(EXAMPLE, copy, { recursive: true });
    const readme = readFileSync(join(EXAMPLE, 'README.md'), 'utf8');
    const commands = /```sh\n([\s\S]*?)```/.exec(readme)?.[1]?.trim().split('\n') ?? [];
    expect(commands).toHaveLength(6);
    for (const command of commands) {
      const { code, output } = await shell(command.replace(/^bursar /, '$BURSAR '), copy);
      expect([command, code]).toEqual([command, 0]);
      expect(output.length).toBeGreaterThan(100);
    }
    expect(readFileSync(join(copy, 'epoch.html'), 'utf8')).toContain('<!doctype html>');
  });
});
