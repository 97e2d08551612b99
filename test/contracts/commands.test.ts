/** What scripts rely on: commands, flags, exit codes. `npm run contracts:update` changes it deliberately. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { EXIT } from '../../src/lib/errors.js';
import { run } from '../cli/process.js';
import { ROOT, sourceFiles } from './imports.js';

interface CommandEntry {
  readonly id: string;
  readonly summary?: string;
  readonly description?: string;
  readonly examples?: readonly string[];
  readonly exitCodes?: readonly number[];
  readonly args: Readonly<Record<string, { readonly description?: string }>>;
  readonly flags: Readonly<Record<string, { readonly description?: string; readonly env?: string }>>;
}

let fresh: { manifestText(): Promise<string>; commandsText(): Promise<string> };
let commands: readonly CommandEntry[];
beforeAll(async () => {
  // A script without types; what it exports is checked by its use.
  fresh = await import(join(ROOT, 'scripts/manifest.mjs'));
  commands = Object.values(JSON.parse(await fresh.manifestText()).commands);
});

describe('the list of commands', () => {
  it('oclif.manifest.json is what the commands say of themselves', async () => {
    expect(readFileSync(join(ROOT, 'oclif.manifest.json'), 'utf8')).toBe(await fresh.manifestText());
  });
  it('is made the same every time, and names no machine', async () => {
    const text = await fresh.manifestText();
    expect(text).toBe(await fresh.manifestText());
    expect(text).not.toContain(ROOT);
  });
  it('is the one that was agreed: after a wanted change run `npm run contracts:update`', async () => {
    expect(JSON.parse(await fresh.commandsText())).toEqual(
      JSON.parse(readFileSync(join(ROOT, 'test/contracts/commands.json'), 'utf8')),
    );
  });
  it('has every file below src/commands', () => {
    const files = sourceFiles('src/commands').map((file) =>
      file.slice('src/commands/'.length, -'.ts'.length).replaceAll('/', ':'),
    );
    expect(commands.map(({ id }) => id).sort()).toEqual(files.sort());
  });
});

describe('every command', () => {
  const each = (check: (command: CommandEntry) => boolean) =>
    commands.filter((command) => !check(command)).map(({ id }) => id);
  const sentence = /^[\p{Lu}`].*[.!?]$/su;

  it('has a summary and a description, in sentences', () => {
    expect(each(({ summary }) => sentence.test(summary ?? ''))).toEqual([]);
    expect(each(({ description }) => sentence.test(description ?? ''))).toEqual([]);
  });
  it('has examples, of itself', () => {
    expect(each(({ examples }) => (examples ?? []).length > 0)).toEqual([]);
    const name = (id: string) => `<%= config.bin %> ${id.replaceAll(':', ' ')}`;
    expect(each(({ id, examples }) => (examples ?? []).every((line) => line.includes(name(id))))).toEqual([]);
  });
  it('says how it can end: 0, a bug, a wrong command line, an interruption, and no code of its own', () => {
    const known = new Set<number>(Object.values(EXIT));
    expect(
      each(
        ({ exitCodes }) =>
          [0, 1, 2, 130].every((code) => exitCodes?.includes(code)) &&
          (exitCodes ?? []).every((code) => known.has(code)),
      ),
    ).toEqual([]);
  });
  it('describes every argument and flag', () => {
    const described = (items: CommandEntry['args']) =>
      Object.values(items).every(({ description }) => description !== undefined && description !== '');
    expect(each(({ args, flags }) => described(args) && described(flags))).toEqual([]);
  });
  it('has --json and --no-input, and reads no flag from the environment by oclif', () => {
    expect(each(({ flags }) => 'json' in flags && 'no-input' in flags)).toEqual([]);
    expect(each(({ flags }) => Object.values(flags).every(({ env }) => env === undefined))).toEqual([]);
  });
  it('takes no secret on the command line', () => {
    const secret = /^(seed|mnemonic|phrase|suri|uri|secret|passphrase|password|key)$/;
    expect(each(({ flags }) => !Object.keys(flags).some((name) => secret.test(name)))).toEqual([]);
  });
});

describe('help, from the real binary', () => {
  it('of a sending command lists its exit codes', async () => {
    const { stdout, code } = await run(['stake', 'withdraw', '--help']);
    expect(code).toBe(0);
    expect(stdout).toMatch(/EXIT CODES\n[\s\S]*\n {2}8 /);
  });
  it('names every topic with a description', async () => {
    const { stdout } = await run(['--help']);
    const topics = new Set(commands.flatMap(({ id }) => (id.includes(':') ? [id.split(':')[0]!] : [])));
    for (const topic of topics) expect(stdout).toMatch(new RegExp(`^ {2}${topic} +\\S.*\\.$`, 'm'));
  });
});
