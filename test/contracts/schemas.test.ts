/** The form of every result: committed JSON Schemas, made from the types that the compiler holds the commands to. */

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { run } from '../cli/process.js';
import { assertMatchesSchema, schemaFiles, validator } from '../support/schema.js';
import { ROOT, sourceFiles, textOf } from './imports.js';

const names = [...textOf('src/cli/results.ts').matchAll(/^ {2}'([a-z.-]+\/\d+)':/gm)].map(
  ([, name]) => name!,
);

describe('schemas', () => {
  it('are those of the types: after a wanted change run `npm run contracts:update`', async () => {
    const { staleSchemas } = (await import(join(ROOT, 'scripts/schemas.mjs'))) as {
      staleSchemas(): readonly string[];
    };
    expect(staleSchemas()).toEqual([]);
  });
  it('there is one for every result, and one for errors', () => {
    expect(names.length).toBeGreaterThan(20);
    expect(schemaFiles()).toEqual(
      [...names, 'error/1'].map((name) => `${name.replace('/', '.')}.json`).sort(),
    );
  });
  it('every command has its own result', () => {
    const commands = sourceFiles('src/commands').map((file) =>
      file.slice('src/commands/'.length, -'.ts'.length).replaceAll('/', '.'),
    );
    // What every sending command may print instead of its own result, `pofbs verify --shard` and `pofbs prove --all`.
    const shared = ['tx.earlier', 'pofbs.shard', 'pofbs.prove.all'];
    // What is joined from shards is told as if it had been read at once.
    const own = commands.filter((command) => command !== 'pofbs.merge');
    expect([...own, ...shared].sort()).toEqual(names.map((name) => name.split('/')[0]!).sort());
  });
  it.each(schemaFiles())('%s is valid, closed and refuses what is not the result', (file) => {
    const validate = validator(file);
    expect(validate({})).toBe(false);
    expect(validate({ schema: 'bursar/other/1', result: {} })).toBe(false);
    const text = readFileSync(join(ROOT, 'schemas', file), 'utf8');
    expect(text).not.toMatch(/"bigint"|"\$ref": "(?!#\/definitions\/[\w.-]+")/);
  });
});

describe('the check itself', () => {
  const good = {
    schema: 'bursar/config.path/1',
    result: { path: '/x', present: false, origin: { kind: 'flag', name: '--config' } },
  };
  it('accepts what fits and refuses what does not, saying where', () => {
    expect(assertMatchesSchema(good)).toEqual(good);
    expect(() => assertMatchesSchema({ ...good, more: 1 })).toThrow(/additional properties/);
    expect(() => assertMatchesSchema({ ...good, result: { ...good.result, present: 'no' } })).toThrow(
      /present/,
    );
    expect(() => assertMatchesSchema({ schema: 'bursar/nothing/1', result: {} })).toThrow(/no schema/);
    expect(() => assertMatchesSchema({ result: {} })).toThrow(/no schema/);
  });
});

describe('real outputs of commands that need no chain', () => {
  const home = mkdtempSync(join(tmpdir(), 'bursar-schemas-'));
  const env = { HOME: home, BURSAR_CONFIG_DIR: join(home, 'bursar') };
  afterAll(() => rmSync(home, { recursive: true }));

  it.each([
    'config path',
    'config show',
    'config show --network westend --rpc ws://127.0.0.1:9',
    'config check',
    'config set network kusama',
    'config set timeout --unset',
    'completion zsh',
    'keys list --network devnet',
    'tx history',
  ])('%s', async (line) => {
    const { stdout, code } = await run([...line.split(' '), '--json'], { env });
    expect(code).toBe(0);
    const { schema } = assertMatchesSchema(stdout);
    expect(schema).toBe(
      `bursar/${line
        .split(' ')
        .slice(0, line.startsWith('completion') ? 1 : 2)
        .join('.')}/1`,
    );
  });
  it.each(['nonsense', 'stake status', 'config set', 'keys show nobody --network devnet', 'tx inspect 0xzz'])(
    'the error of `%s`',
    async (line) => {
      const { stdout, code } = await run([...line.split(' '), '--json', '--rpc', 'ws://127.0.0.1:9'], {
        env,
      });
      expect(code).toBeGreaterThan(1);
      expect(assertMatchesSchema(stdout)).toMatchObject({ schema: 'bursar/error/1', error: { exit: code } });
    },
  );
});
