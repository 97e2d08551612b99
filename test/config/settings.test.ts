import { chmodSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeEach, describe, expect, test } from 'vitest';
import { configProblems } from '../../src/config/schema.js';
import { loadSettings } from '../../src/config/settings.js';
import type { Settings, SettingsInput } from '../../src/config/types.js';
import { BursarError } from '../../src/lib/errors.js';

let configDir: string;
beforeEach(() => {
  configDir = mkdtempSync(join(tmpdir(), 'bursar-config-'));
});
const write = (content: unknown, path = join(configDir, 'config.json')) => {
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content), { mode: 0o600 });
  return path;
};
const load = (input: Partial<SettingsInput> = {}): Settings =>
  loadSettings({
    flags: {},
    env: {},
    directory: (kind) => ({ path: kind === 'config' ? configDir : join(configDir, kind), variable: 'HOME' }),
    ...input,
  });
const failure = (action: () => unknown): BursarError => {
  try {
    action();
  } catch (error) {
    if (error instanceof BursarError) return error;
    throw error;
  }
  throw new Error('it did not fail');
};

describe('precedence', () => {
  test('flag > environment > file > default, one step at a time', () => {
    expect(load().network).toBe('polkadot');
    expect(load().origins.network).toEqual({ kind: 'default', name: 'default' });
    write({ network: 'kusama', timeout: '1m', wait: 'best' });
    expect(load()).toMatchObject({ network: 'kusama', timeoutMs: 60_000, wait: 'best' });
    expect(load().origins.timeout).toEqual({ kind: 'file', name: 'timeout' });
    const env = { BURSAR_NETWORK: 'westend', BURSAR_TIMEOUT: '2m', BURSAR_WAIT: 'broadcast' };
    expect(load({ env })).toMatchObject({ network: 'westend', timeoutMs: 120_000, wait: 'broadcast' });
    expect(load({ env }).origins.network).toEqual({ kind: 'environment', name: 'BURSAR_NETWORK' });
    const flags = { network: 'paseo', timeout: 5_000, wait: 'finalized' } as const;
    expect(load({ env, flags })).toMatchObject({ network: 'paseo', timeoutMs: 5_000, wait: 'finalized' });
    expect(load({ env, flags }).origins.wait).toEqual({ kind: 'flag', name: '--wait' });
  });
  test('for every setting that has all four', () => {
    const rows = [
      ['from', 'BURSAR_FROM', 'from', (value: string) => ({ from: value })],
      ['proxyFor', 'BURSAR_PROXY_FOR', 'proxyFor', (value: string) => ({ proxyFor: value })],
    ] as const;
    for (const [key, variable, name, flags] of rows) {
      write({ [name]: 'in-file' });
      expect(load()[key]).toBe('in-file');
      expect(load({ env: { [variable]: 'in-env' } })[key]).toBe('in-env');
      expect(load({ env: { [variable]: 'in-env' }, flags: flags('in-flag') })[key]).toBe('in-flag');
    }
  });
  test('a dry run forced by the environment gives way to the flag alone', () => {
    const env = { BURSAR_DRY_RUN: '1' };
    expect(load({ env }).dryRun).toBe(true);
    expect(load({ env, flags: { dryRun: false } }).dryRun).toBe(false);
    write({ dryRun: true });
    expect(load().dryRun).toBe(true);
    expect(load({ env: { BURSAR_DRY_RUN: '0' } }).dryRun).toBe(false);
  });
  test('endpoints: the network’s own, the file’s for that network, BURSAR_RPC, --rpc', () => {
    write({ networks: { polkadot: { endpoints: ['wss://mine.example'] } } });
    expect(load().endpoints).toEqual(['wss://mine.example']);
    // The endpoints of one network never serve another.
    expect(load({ flags: { network: 'kusama' } }).endpoints[0]).toContain('kusama');
    const env = { BURSAR_NETWORK: 'polkadot', BURSAR_RPC: 'wss://a.example, wss://b.example' };
    expect(load({ env }).endpoints).toEqual(['wss://a.example', 'wss://b.example']);
    expect(load({ env, flags: { rpc: ['wss://c.example'] } }).endpoints).toEqual(['wss://c.example']);
    expect(load({ env }).expect.genesisHash).toMatch(/^0x68d56f15/);
  });
  test('an endpoint without a network: nothing is expected of the chain, and that is said', () => {
    const settings = load({ flags: { rpc: ['ws://127.0.0.1:9944'] } });
    expect(settings.network).toBe('unnamed');
    expect(settings.expect).toEqual({});
    expect(settings.warnings.join()).toContain('identity of the chain is not checked');
  });
});

describe('the file', () => {
  test('is the one that was named, and must exist then', () => {
    const path = write({ network: 'kusama' }, join(configDir, 'other.json'));
    expect(load({ configFile: path }).network).toBe('kusama');
    expect(load({ env: { BURSAR_CONFIG: path } }).network).toBe('kusama');
    expect(failure(() => load({ configFile: `${path}.no` }))).toMatchObject({ exit: 2, code: 'CONFIG_FILE' });
    expect(load({ configFile: path }).configFile).toEqual({ path, present: true });
  });
  test('is never looked for in the working directory', () => {
    const here = process.cwd();
    const elsewhere = mkdtempSync(join(tmpdir(), 'bursar-cwd-'));
    for (const name of ['config.json', 'bursar.json', '.bursarrc', 'bursar.config.js']) {
      write({ network: 'kusama' }, join(elsewhere, name));
    }
    try {
      process.chdir(elsewhere);
      expect(load().network).toBe('polkadot');
    } finally {
      process.chdir(here);
    }
  });
  test('relative paths start where it is, ~ is the home directory', () => {
    write({
      keysDir: 'keys',
      journalDir: '~/journal',
      passphrases: { op: { file: 'op.pass' }, x: { env: 'OP_PASS' } },
    });
    const settings = load({ env: { HOME: '/home/op' } });
    expect(settings.keysDir).toBe(join(configDir, 'keys'));
    expect(settings.journalDir).toBe('/home/op/journal');
    expect(settings.passphrases).toEqual({ op: { file: join(configDir, 'op.pass') }, x: { env: 'OP_PASS' } });
  });
  test('a network of one’s own', () => {
    const genesisHash = `0x${'AB'.repeat(32)}`;
    write({
      network: 'mychain',
      networks: {
        mychain: {
          title: 'Mine',
          genesisHash,
          specName: 'mine',
          endpoints: ['wss://m.example'],
          token: { symbol: 'MY', decimals: 18, ss58Prefix: 7 },
        },
      },
    });
    expect(load()).toMatchObject({
      networkTitle: 'Mine',
      expect: { genesisHash: genesisHash.toLowerCase(), specName: 'mine' },
      token: { symbol: 'MY', decimals: 18, ss58Prefix: 7 },
      warnings: [],
    });
  });
  test('what is known of a public network cannot be redefined', () => {
    write({ networks: { polkadot: { genesisHash: `0x${'00'.repeat(32)}`, token: { decimals: 12 } } } });
    expect(failure(load).details).toMatchObject({
      problems: [expect.stringContaining('genesisHash'), expect.stringContaining('decimals')],
    });
  });
  test('a warning when others can write it', () => {
    chmodSync(write({}), 0o666);
    expect(load().warnings.join()).toContain('chmod go-w');
  });
  test.each([
    ['', 'not JSON'],
    ['{', 'not JSON'],
    ['{"network": "kusama",}', 'not JSON'],
    ['[]', 'must be a JSON object'],
    ['null', 'must be a JSON object'],
    [`{"passphrase": "x" ${'hunter2'}`, 'not JSON'],
  ])('%s is refused', (text, why) => {
    write(text);
    const error = failure(load);
    expect(error.exit).toBe(2);
    expect(error.message).toContain(why);
    expect(JSON.stringify(error) + error.message).not.toContain('hunter2');
  });
  test('neither a directory nor an enormous file', () => {
    mkdirSync(join(configDir, 'd'));
    expect(failure(() => load({ configFile: join(configDir, 'd') })).message).toContain('it is a directory');
    write(' '.repeat(2_000_000));
    expect(failure(load).message).toContain('more than a configuration can need');
    expect(failure(() => load({ configFile: 'a\0b' })).exit).toBe(2);
  });
});

describe('errors', () => {
  test('all at once: file, environment and flags', () => {
    write({
      netwrok: 'x',
      timeout: '30',
      wait: 'later',
      networks: { mine: { endpoint: ['wss://a.example'] } },
    });
    const { details, message, exit } = failure(() =>
      load({ env: { BURSAR_TIMEOUT: 'soon' }, flags: { network: 'polkdaot', rpc: ['http://h'] } }),
    );
    const { problems } = details as { problems: string[] };
    expect(exit).toBe(2);
    expect(problems).toHaveLength(7);
    for (const part of [
      'netwrok',
      'did you mean network?',
      'timeout: ',
      'wait: ',
      'endpoint: unknown key; did you mean networks.mine.endpoints?',
      'BURSAR_TIMEOUT',
      'did you mean polkadot?',
      '--rpc',
    ]) {
      expect(message).toContain(part);
    }
  });
  test('keys of a network at the top are sent to their place', () => {
    write({ endpoints: ['wss://a.example'] });
    expect(failure(load).message).toContain('networks.<name>.endpoints');
  });
  test('a misspelled variable is told', () => {
    expect(load({ env: { BURSAR_RCP: 'wss://a.example' } }).warnings.join()).toContain('BURSAR_RPC');
  });
  test.each([
    { passphrase: 'hunter2' },
    { networks: { polkadot: { 'secret-seed': 'hunter2' } } },
    { Mnemonic: ['hunter2'] },
    { from: 'hunter2 drive obey lake curtain smoke basket hold race lonely fit walk' },
    { passphrases: { op: { value: 'hunter2' } } },
    { passphrases: { op: 'hunter2' } },
    { passphrases: { op: { passphrase: 'hunter2' } } },
    { keysDir: `0x${'ab'.repeat(32)}` },
  ])('a secret in the file is refused and never repeated: %j', (content) => {
    write(content);
    const error = failure(load);
    expect(error.exit).toBe(2);
    expect(JSON.stringify({ ...error, message: error.message })).not.toMatch(/hunter2|abab/);
  });
});

describe('hostile configurations', () => {
  const keys = fc.constantFrom(
    'network',
    'networks',
    'polkadot',
    'endpoints',
    'token',
    'decimals',
    'passphrases',
    'timeout',
    'from',
    'genesisHash',
    'file',
    '__proto__',
    'constructor',
    'toString',
  );
  const { tree } = fc.letrec((tie) => ({
    tree: fc.oneof(
      { maxDepth: 4 },
      fc.string({ unit: 'binary', maxLength: 20 }),
      fc.double(),
      fc.boolean(),
      fc.constant(null),
      fc.constantFrom('30s', 'polkadot', 'wss://a.example', '\u001b[2J'),
      fc.array(tie('tree'), { maxLength: 3 }),
      fc
        .array(fc.tuple(fc.oneof(keys, fc.string({ unit: 'binary', maxLength: 10 })), tie('tree')), {
          maxLength: 5,
        })
        .map((entries) => {
          const object = {};
          for (const [key, value] of entries)
            Object.defineProperty(object, key, {
              value,
              enumerable: true,
              configurable: true,
              writable: true,
            });
          return object;
        }),
    ),
  }));
  test('any JSON gives settings or errors with exit 2', () => {
    fc.assert(
      fc.property(tree, (value) => {
        const problems = configProblems(JSON.parse(JSON.stringify(value)));
        for (const problem of problems) expect(problem).not.toMatch(/[\p{Cc}\p{Cf}]/u);
        write(JSON.stringify(value));
        try {
          expect(load().endpoints.length).toBeGreaterThan(0);
        } catch (error) {
          expect(error).toBeInstanceOf(BursarError);
          expect((error as BursarError).exit).toBe(2);
        }
      }),
      { numRuns: 400 },
    );
    expect(({} as Record<string, unknown>).polluted).toBeUndefined();
  });
  test('any bytes and any environment', () => {
    const variable = fc.constantFrom(
      'BURSAR_NETWORK',
      'BURSAR_RPC',
      'BURSAR_TIMEOUT',
      'BURSAR_FROM',
      'BURSAR_DRY_RUN',
      'BURSAR_WAIT',
      'BURSAR_MORTALITY',
      'BURSAR_TIP',
      'BURSAR_XYZ',
    );
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.dictionary(variable, fc.string({ unit: 'binary' })),
        fc.string(),
        (text, env, network) => {
          write(text);
          try {
            load({ env, flags: { network } });
          } catch (error) {
            expect(error).toBeInstanceOf(BursarError);
            expect((error as BursarError).exit).toBe(2);
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});
