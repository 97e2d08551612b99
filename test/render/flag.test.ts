/** `--html FILE`, as a process. */

import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fixture } from '../cli/fixture.js';
import { type RunOptions, run as start } from '../cli/process.js';
import { openPage, pageProblems } from '../support/page.js';

let bin: string;
const directory = mkdtempSync(join(tmpdir(), 'bursar-html-'));
const file = join(directory, 'page.html');
beforeAll(() => {
  bin = fixture();
});
afterAll(() => rmSync(directory, { recursive: true }));
const run = (args: readonly string[], options: RunOptions = {}) =>
  start(['page', ...args], { bin, ...options });
const fresh = () => rmSync(file, { recursive: true, force: true });

describe('--html', () => {
  test('writes the page beside the text, readable by all, and says where on stderr', async () => {
    fresh();
    const ended = await run(['--html', file]);
    expect(ended).toEqual({ code: 0, stdout: 'A <title>\n\nfine\n', stderr: `working\npage: ${file}\n` });
    const html = readFileSync(file, 'utf8');
    expect(pageProblems(html)).toEqual([]);
    const { document } = openPage(html);
    expect(document.title).toBe('A <title>, Test, block 7');
    expect(document.querySelector('footer')?.textContent).toContain('fixture 1.0.0, page.');
    expect(document.getElementById('app-data')?.textContent).toBe('{"planck":"5"}');
    expect(statSync(file).mode & 0o777).toBe(0o644);
    expect(readdirSync(directory)).toEqual(['page.html']);
  });
  test('with --json: JSON on stdout, the page in the file; with --quiet: nothing on stderr', async () => {
    fresh();
    const json = await run(['--json', '--html', file]);
    expect(json.code).toBe(0);
    expect(JSON.parse(json.stdout)).toEqual({ schema: 'bursar/page/1', result: 'done' });
    expect(existsSync(file)).toBe(true);
    expect((await run(['-q', '--html', file])).stderr).toBe('');
  });
  test('the same facts give the same bytes, over whatever was there', async () => {
    writeFileSync(file, 'old', { mode: 0o600 });
    await run(['--html', file]);
    const bytes = readFileSync(file);
    expect(statSync(file).mode & 0o777).toBe(0o644);
    await run(['--html', file]);
    expect(readFileSync(file)).toEqual(bytes);
  });
  test('- prints the page instead of the text', async () => {
    const { code, stdout, stderr } = await run(['--html', '-']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: 'working\n' });
    expect(stdout.startsWith('<!doctype html>\n')).toBe(true);
    expect(pageProblems(stdout)).toEqual([]);
    expect((await run(['script', '--html=-'])).stdout).not.toContain('verbatim');
  });
  test('follows a link to the file that it names', async () => {
    fresh();
    const target = join(directory, 'target.html');
    writeFileSync(target, '<!doctype html>old');
    symlinkSync(target, file);
    expect((await run(['--html', file])).code).toBe(0);
    expect(readFileSync(target, 'utf8')).toContain('<html lang');
    fresh();
    rmSync(target);
  });
  test('a verdict of false keeps its code and has its page; what found out nothing writes none', async () => {
    fresh();
    expect((await run(['failed', '--html', file])).code).toBe(9);
    expect(existsSync(file)).toBe(true);
    fresh();
    expect((await run(['thrown', '--html', file])).code).toBe(4);
    expect(existsSync(file)).toBe(false);
  });
});

describe('a place that no page can be written to', () => {
  const cases: readonly (readonly [string, () => string, RegExp])[] = [
    ['a directory', () => directory, /it is a directory/],
    ['no directory', () => join(directory, 'no', 'page.html'), /there is no such directory/],
    ['below a file', () => join(bin, 'page.html'), /is no directory/],
    ['a device', () => '/dev/null', /it is not an ordinary file/],
    ['an empty name', () => '', /the name is empty/],
  ];
  test.each(cases)('%s is refused before any work', async (_, path, reason) => {
    const text = await run(['--html', path()]);
    expect(text).toMatchObject({ code: 2, stdout: '' });
    expect(text.stderr).toMatch(reason);
    expect(text.stderr).not.toContain('working');
    const json = JSON.parse((await run(['--json', '--html', path()])).stdout);
    expect(json.error).toMatchObject({ code: 'HTML_FILE', exit: 2, message: expect.stringMatching(reason) });
  });
  test.skipIf(process.platform !== 'linux')(
    'a directory that takes no files, before any work, once',
    async () => {
      const { code, stdout, stderr } = await run(['--html', '/proc/x.html']);
      expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
      expect(stderr).not.toContain('working');
      expect(stderr.match(/cannot be written/g)).toHaveLength(1);
      expect(stderr).toMatch(/^error: /);
    },
  );
  test('a file that is no page is not replaced', async () => {
    const other = join(directory, 'salt');
    writeFileSync(other, 'ab'.repeat(32));
    const { error } = JSON.parse((await run(['--json', '--html', other])).stdout);
    expect(error).toMatchObject({ code: 'FILE_EXISTS', exit: 2 });
    expect(readFileSync(other, 'utf8')).toBe('ab'.repeat(32));
  });
  test('a link to nothing is refused, not replaced', async () => {
    fresh();
    symlinkSync(join(directory, 'nowhere'), file);
    expect((await run(['--html', file])).code).toBe(2);
    fresh();
  });
  test.skipIf(process.getuid?.() === 0)('a directory of others is refused', async () => {
    const closed = join(directory, 'closed');
    mkdirSync(closed);
    chmodSync(closed, 0o500);
    expect((await run(['--html', join(closed, 'page.html')])).stderr).toContain('permission denied');
    chmodSync(closed, 0o700);
    rmSync(closed, { recursive: true });
  });
  test('stdout cannot take the page and JSON', async () => {
    const { code, stdout } = await run(['--json', '--html', '-']);
    expect(code).toBe(2);
    expect(JSON.parse(stdout).error.code).toBe('HTML_FILE');
  });
  test('found out too late, the result is told with the error beside it', async () => {
    const env = { FIXTURE_FILE: file };
    fresh();
    const text = await run(['full', '--html', file], { env });
    expect(text).toMatchObject({ code: 2, stdout: 'A <title>\n\nfine\n' });
    expect(text.stderr).toContain('error: The page cannot be written');
    fresh();
    const json = await run(['full', '--json', '--html', file], { env });
    expect(json.code).toBe(2);
    expect(JSON.parse(json.stdout)).toMatchObject({ result: 'done', error: { code: 'HTML_FILE', exit: 2 } });
    fresh();
  });
});
