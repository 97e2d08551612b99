import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { BIN, REPOSITORY, run } from './process.js';

describe('the real command line', () => {
  test.each([
    ['stak status', 'COMMAND_UNKNOWN'],
    ['config pth', 'COMMAND_UNKNOWN'],
    ['constructor', 'COMMAND_UNKNOWN'],
    ['config show --netwrok kusama', 'FLAG_UNKNOWN'],
    ['config path extra', 'ARGUMENT_UNEXPECTED'],
    ['config set', 'ARGUMENT_MISSING'],
    ['config show --rpc http://a.example', 'ENDPOINT'],
    ['config show --timeout 30', 'DURATION'],
    ['config show --network nowhere', 'CONFIG_INVALID'],
    ['config show --config /nonexistent.json', 'CONFIG_FILE'],
    ['completion tcsh', 'USAGE'],
  ])('%s: 2, with the reason and a hint, and nothing of the environment', async (line, code) => {
    const env = { OPERATOR_SECRET: 'hunter2' };
    const text = await run(line.split(' '), { env });
    expect(text).toMatchObject({ code: 2, stdout: '' });
    expect(text.stderr).toMatch(/^error: [\s\S]+\nhint: .+\n$/);
    const json = await run([...line.split(' '), '--json'], { env });
    expect(json).toMatchObject({ code: 2, stderr: '' });
    expect(JSON.parse(json.stdout)).toMatchObject({ schema: 'bursar/error/1', error: { code, exit: 2 } });
    expect(text.stderr + json.stdout).not.toMatch(/hunter2|PATH|node_modules|\n {4}at /);
  });
  test.each([
    [['']],
    [['stake', '']],
    [['', 'stake', 'status']],
    [['stake', '', 'status']],
    [['stake', 'status', '']],
    [['stake', 'status', '--quiet', '']],
    [['stake', 'status', '--', '']],
    [['payouts', 'run', '--dry-run', '']],
    [['--quiet', '']],
    [['', '--help']],
    [['help', '']],
    [['stake', '', '--version']],
  ])('an empty argument names nothing: %j ends with 2', async (args) => {
    const text = await run(args);
    expect([text.code, text.stdout]).toEqual([2, '']);
    expect(text.stderr).toContain('An argument is empty.');
    const json = await run([args[0]!, '--json', ...args.slice(1)]);
    expect([json.code, JSON.parse(json.stdout).error.exit]).toEqual([2, 2]);
  });
  test('an unknown command names the one that was meant', async () => {
    expect((await run(['confg', 'show'])).stderr).toContain('Did you mean `bursar config show`?');
    expect((await run(['config', 'shwo'])).stderr).toContain('Did you mean `bursar config show`?');
  });
  test('help goes to stdout with 0, wherever it is asked for', async () => {
    for (const line of [
      ['--help'],
      ['-h'],
      ['help'],
      [],
      ['config', '--help'],
      ['config'],
      ['config', 'show', '--help'],
      ['help', 'config', 'show'],
      ['config', 'show', '--rpc', 'x', '-h'],
    ]) {
      const { code, stdout, stderr } = await run(line);
      expect([code, stderr]).toEqual([0, '']);
      expect(stdout).toContain('USAGE');
    }
    const { stdout } = await run(['config', 'show', '--help']);
    for (const part of ['EXIT CODES', 'EXAMPLES', 'DESCRIPTION', '--json']) expect(stdout).toContain(part);
  });
  test('a command group without a verb is an error for a program', async () => {
    const { code, stdout } = await run(['config', '--json']);
    expect(code).toBe(2);
    expect(JSON.parse(stdout).error.code).toBe('COMMAND_MISSING');
  });
  test('a pipe gets no colour; FORCE_COLOR gives it, NO_COLOR takes it', async () => {
    const ESC = String.fromCharCode(27);
    expect((await run(['config', 'show'])).stdout).not.toContain(ESC);
    expect((await run(['config', 'show'], { env: { FORCE_COLOR: '1' } })).stdout).toContain(ESC);
    expect(
      (await run(['config', 'show'], { env: { FORCE_COLOR: '1', NO_COLOR: '1' } })).stdout,
    ).not.toContain(ESC);
  });
  test('a setting is set, shown with its origin, and checked', async () => {
    const env = { BURSAR_CONFIG_DIR: mkdtempSync(join(tmpdir(), 'bursar-bin-')) };
    expect((await run(['config', 'set', 'network', 'kusama'], { env })).code).toBe(0);
    const { result } = JSON.parse((await run(['config', 'show', '--json'], { env })).stdout);
    expect(result.network).toEqual({ value: 'kusama', origin: { kind: 'file', name: 'network' } });
    expect(result.timeout).toEqual({ value: '30s', origin: { kind: 'default', name: 'default' } });
    expect((await run(['config', 'check'], { env })).code).toBe(0);
    expect((await run(['config', 'path'], { env })).stdout).toBe(`${env.BURSAR_CONFIG_DIR}/config.json\n`);
    writeFileSync(join(env.BURSAR_CONFIG_DIR, 'config.json'), '{"netwrok": 1, "timeout": "soon"}');
    const check = await run(['config', 'check'], { env });
    expect(check.code).toBe(2);
    expect(check.stderr).toContain('netwrok');
    expect(check.stderr).toContain('timeout');
  });
});

describe('completion', () => {
  test('in bash: commands, flags, values', async () => {
    const { stdout, code } = await run(['completion', 'bash']);
    expect(code).toBe(0);
    const complete = (...words: string[]): string[] => {
      const script = `${stdout}\nCOMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _bursar; printf '%s\\n' "\${COMPREPLY[@]}"`;
      const { stdout: replies } = spawnSync('bash', ['-c', script, 'bash', ...words], { encoding: 'utf8' });
      return replies.trim().split('\n');
    };
    expect(complete('bursar', 'conf')).toEqual(['config']);
    expect(complete('bursar', 'config', '')).toEqual(['check', 'path', 'set', 'show']);
    expect(complete('bursar', 'config', 'show', '--js')).toEqual(['--json']);
    expect(complete('bursar', 'config', 'show', '--network', 'k')).toEqual(['kusama']);
    expect(complete('bursar', 'config', 'set', 'timeout', '--u')).toEqual(['--unset']);
  });
  test('for zsh and fish: every command is in it', async () => {
    expect((await run(['completion', 'zsh'])).stdout).toMatch(/^#compdef bursar\n[\s\S]*'config show'/);
    expect((await run(['completion', 'fish'])).stdout).toContain(
      'complete -c bursar -f -n \'__bursar_at "config"\' -a show',
    );
  });
});

describe('start-up', () => {
  const program = join(BIN, '../../dist/program');
  const contents: Readonly<Record<string, readonly string[]>> = JSON.parse(
    readFileSync(join(program, 'contents.json'), 'utf8'),
  );

  /** The files that Node loads for a command, CommonJS and ES alike; the modules that the build put into them. */
  const loads = (...args: string[]): { readonly files: number; readonly modules: readonly string[] } => {
    const loader = `import { writeSync } from 'node:fs';
      export async function load(url, context, next) { writeSync(2, 'LOADED ' + url + '\\n'); return next(url, context); }`;
    const hook = `import { Module, register } from 'node:module';
      import { writeSync } from 'node:fs';
      register(${JSON.stringify(`data:text/javascript,${encodeURIComponent(loader)}`)});
      const resolve = Module._resolveFilename;
      Module._resolveFilename = function (...given) {
        const file = resolve.apply(this, given);
        writeSync(2, 'LOADED ' + (file.startsWith('/') ? 'file://' + file : 'node:' + file) + '\\n');
        return file;
      };`;
    const { stderr } = spawnSync(
      process.execPath,
      ['--import', `data:text/javascript,${encodeURIComponent(hook)}`, BIN, ...args],
      {
        encoding: 'utf8',
        env: { PATH: process.env.PATH ?? '', HOME: '/nonexistent', BURSAR_CONFIG_DIR: '/nonexistent' },
      },
    );
    const loaded = [...stderr.matchAll(/^LOADED (file:\S+)$/gm)].map(([, url]) => fileURLToPath(url!));
    const files = [...new Set(loaded)];
    return {
      files: files.length,
      modules: files.flatMap((file) => (dirname(file) === program ? contents[basename(file)]! : [file])),
    };
  };
  test('help loads few modules, and none that talks to a chain, a network or a person', () => {
    for (const args of [['--help'], ['config', 'show', '--help'], ['--version']]) {
      const { files, modules } = loads(...args);
      expect(files).toBeLessThan(40);
      expect(modules.length).toBeGreaterThan(50);
      expect(modules.length).toBeLessThan(200);
      expect(
        modules.filter((name) =>
          /@polkadot|undici|inquirer|valibot|chalk|cli-table3|dist\/src\/(lib|config|render|commands)\//.test(
            name,
          ),
        ),
      ).toEqual([]);
    }
  });
  test('a command without tables, prompts or chain loads none of their libraries', () => {
    const { modules } = loads('config', 'path', '--json');
    // The counter-check: where they are needed, they are seen.
    expect(
      loads('config', 'show').modules.filter((name) => /valibot|chalk/.test(name)).length,
    ).toBeGreaterThan(1);
    expect(
      modules.filter((name) => /@polkadot|undici|inquirer|valibot|cli-table3|dist\/vendor/.test(name)),
    ).toEqual([]);
  });
});

test('the repository is where the tests think it is', () => {
  expect(REPOSITORY.endsWith('/')).toBe(true);
});
