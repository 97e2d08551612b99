import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { rank } from '../../src/lib/validators/ranking.js';
import {
  decodeSnapshot,
  encodeSnapshot,
  makeSnapshot,
  selectedIn,
} from '../../src/lib/validators/snapshot.js';
import type { Facts } from '../../src/lib/validators/types.js';
import { Desk, type Printed, UNIT } from '../support/desk.js';
import { FaultyProxy } from '../support/proxy.js';
import { assertMatchesSchema } from '../support/schema.js';

/** Validators as an operator compares, scores, selects and watches them, on the tour's chain. */

// A test is a dozen processes, on a machine that may have other work.
vi.setConfig({ testTimeout: 240_000 });

let desk: Desk;
let proxy: FaultyProxy;
let v: (name: string) => string;
const file = (name: string) => join(desk.directory, name);
const read = (name: string) => readFileSync(file(name), 'utf8');

beforeAll(async () => {
  desk = await Desk.open({ keys: ['alice', 'operator', 'v02', 'v03', 'v07'] });
  proxy = await FaultyProxy.start(desk.devnet.url);
  v = (name) => desk.address(name);
});
afterAll(async () => {
  await proxy?.close();
  await desk?.close();
});

type Row = Printed['result'];
const rowOf = (printed: Printed, name: string): Row =>
  printed.result.validators.find(({ address }: { address: string }) => address === v(name));

describe('list', () => {
  test('what each takes, earned and did, and who runs it; few requests', async () => {
    const list = await desk.json(['validators', 'list', '--rpc', proxy.url]);
    // Connecting, eleven validators and five eras: as many as for six hundred and eighty-four.
    expect(proxy.count()).toBeLessThanOrEqual(28);
    expect(list.result.known).toBe(11);
    expect(rowOf(list, 'v01')).toMatchObject({
      state: 'active',
      commission: 0,
      nominators: 11,
      pages: 3,
      operator: { id: v('v01'), name: 'Alder Validators', judgement: 'good', source: 'identity' },
      points: [1200, 1200, 1200, 1200, 1200],
      inclusion: 1,
    });
    // The same name, and another account: a registrar found it false.
    expect(rowOf(list, 'v08').operator).toMatchObject({ name: 'Alder Validators', judgement: 'bad' });
    expect(rowOf(list, 'v05').operator).toEqual({
      id: v('v04'),
      name: 'Dogwood/east',
      judgement: 'good',
      source: 'parent',
    });
    expect(rowOf(list, 'v11').offences).toEqual([{ era: 1, kind: 'slashed', fraction: 50_000_000 }]);
    expect(rowOf(list, 'v12')).toMatchObject({ state: 'waiting', total: null, score: null, rank: null });
    expect(rowOf(list, 'v10').pointsOfMean).toBeCloseTo(360 / list.result.means.aepa, 12);
  });
  test('filters, order, a page, and named ones with what a stake would earn', async () => {
    const page = file('list.html');
    const filters = ['--filter', 'commission<=5%', '--filter', 'judged', '--sort', 'own', '--reverse'];
    writeFileSync(file('operators.txt'), `# ours\n${v('v03')} Mine\n`);
    const sources = ['--operators', file('operators.txt'), '--identity-rpc', proxy.url];
    const some = await desk.json(['validators', 'list', ...filters, ...sources, '--html', page]);
    expect(some.result.identities.other.genesisHash).toBe(desk.devnet.genesisHash);
    expect(rowOf(some, 'v03').operator).toMatchObject({ id: 'file:Mine', source: 'file' });
    expect(rowOf(some, 'v02').operator.name).toBe('Birch Node');
    expect(some.result.validators.map(({ address }: Row) => address)).toEqual(
      ['v04', 'v03', 'v02', 'v01'].map(v),
    );
    expect(read('list.html')).toContain('Mine');
    const { json, text } = await desk.both(['validators', 'list', v('v01'), 'v02', '--stake', '1000UNIT'], 0);
    expect(json.result.returns).toMatchObject({ stake: 1000, eras: 5 });
    expect(json.result.returns.targets.map(({ address }: Row) => address)).toEqual([v('v01'), v('v02')]);
    // Era 0 has no exposures on this chain. In era 4 each took a share by its points, less its commission.
    const series = json.result.returns.series;
    expect(series[0].rate).toBe(0);
    const chain = await desk.chain();
    const staking = (item: string, keys: readonly (number | string)[]) => ({ pallet: 'Staking', item, keys });
    const rates = await Promise.all(
      [v('v01'), v('v02')].map(async (who) => {
        const [reward, all, overview, prefs] = (await chain.read([
          staking('ErasValidatorReward', [4]),
          staking('ErasRewardPoints', [4]),
          staking('ErasStakersOverview', [4, who]),
          staking('ErasValidatorPrefs', [4, who]),
          // biome-ignore lint/suspicious/noExplicitAny: four values of four forms
        ])) as any[];
        const points = all.individual.find(([one]: [string]) => one === who)[1];
        return (
          ((Number(reward) * points) / all.total / Number(overview.total)) * (1 - prefs.commission / 1e9)
        );
      }),
    );
    expect(series.at(-1)).toMatchObject({ era: 4 });
    expect(series.at(-1).rate).toBeCloseTo((rates[0]! + rates[1]!) / 2, 12);
    expect(text.stdout).toContain('An estimate, after commission');
    const birch = ['validators', 'list', '--filter', 'operator=Birch Node', '--stake', '1000UNIT'];
    const { returns } = (await desk.json(birch)).result;
    expect(returns.targets.map(({ address }: Row) => address)).toEqual([v('v02')]);
  });
  test('what cannot be: unknown field, no validators for a stake, a dead endpoint', async () => {
    expect((await desk.json(['validators', 'list', '--sort', 'luck'], 2)).error?.code).toBe('FIELD');
    const { error } = await desk.json(['validators', 'list', v('alice')], 4);
    expect(error?.code).toBe('NOT_A_VALIDATOR');
    const nobody = ['validators', 'list', '--filter', 'operator=nobody', '--stake', '1UNIT'];
    expect((await desk.json(nobody, 2)).error?.code).toBe('RETURN_TARGETS');
    const dead = ['validators', 'list', '--rpc', 'ws://127.0.0.1:9', '--timeout', '2s'];
    expect((await desk.json(dead, 5)).error?.code).toBe('ENDPOINT_UNREACHABLE');
  });
});

describe('score, verify', () => {
  test('a saved score has the same bytes each time, and anybody can check it', async () => {
    await desk.text(['validators', 'score', '--save', file('one.json')]);
    const second = await desk.json(['validators', 'score', '--save', file('two.json')]);
    expect(read('one.json')).toBe(read('two.json'));
    const nowhere = await desk.json(['validators', 'score', '--save', file('none/score.json')], 2);
    const kept = await desk.json(['validators', 'score', '--save', desk.configFile], 2);
    expect(kept.error?.code).toBe('FILE_EXISTS');
    await desk.text(['validators', 'score', '--save', file('two.json')]);
    expect(nowhere.error?.message).toContain('cannot be written: there is no such directory.');
    expect(second.result.saved.sha256).toBe(decodeSnapshot(read('one.json')).found);
    const [best] = second.result.validators;
    expect(best).toMatchObject({ address: v('v05'), rank: 1, inputs: { R: 1, SR: 1, CR: 0.07 } });
    expect(rowOf(second, 'v11')).toMatchObject({ score: 0, inputs: { R: 0, SR: 0 } });
    // No configuration, no network: only the file.
    const alone = await desk.text(['validators', 'verify', file('one.json')], 0, {
      env: { BURSAR_RPC: 'ws://127.0.0.1:9' },
    });
    expect(alone.stdout).toContain('The snapshot holds');
  });
  test('facts are read again at the snapshot’s own block; a seed takes the same ones', async () => {
    await desk.devnet.advance({ blocks: 2 });
    const args = ['validators', 'verify', file('one.json'), '--network', 'devnet', '--sample', '25'];
    const { result } = await desk.json(args);
    expect(result.sample.facts).toBe(25);
    const again = await desk.json([...args, '--draw', String(result.sample.seed)]);
    expect(again.result.sample).toEqual(result.sample);
  });
  test('what was changed is found out: offline by the scores, online by the facts', async () => {
    const forged = (change: (content: { facts: { validators: Row[]; eras: Row[] } }) => void) => {
      const text = JSON.parse(read('one.json'));
      change(text.content);
      // As a forger would: the digest fits.
      return JSON.stringify({ ...text, sha256: decodeSnapshot(JSON.stringify(text)).found });
    };
    writeFileSync(file('bad.json'), read('one.json').replace('"commission":70000000', '"commission":0'));
    const broken = await desk.json(['validators', 'verify', file('bad.json')], 9);
    expect(broken.error?.code).toBe('SNAPSHOT_DIGEST');
    expect(broken.result).toMatchObject({ holds: false, difference: { what: 'digest' } });
    writeFileSync(
      file('bad.json'),
      forged(({ facts }) => Object.assign(facts.validators[0]!, { commission: 1 })),
    );
    expect((await desk.json(['validators', 'verify', file('bad.json')], 9)).error?.code).toBe(
      'SNAPSHOT_SCORE',
    );
    // Rewards are no part of the score: only the chain knows better.
    writeFileSync(
      file('bad.json'),
      forged(({ facts }) => {
        for (const era of facts.eras) Object.assign(era, { reward: '1' });
      }),
    );
    await desk.json(['validators', 'verify', file('bad.json')]);
    const online = [
      'validators',
      'verify',
      file('bad.json'),
      '--network',
      'devnet',
      '--sample',
      '60',
      '--draw',
      '1',
    ];
    expect((await desk.json(online, 9)).error?.code).toBe('SNAPSHOT_FACT');
  });
  test('what no single fact shows is read again in any case: a hidden offence, a validator left out, another time', async () => {
    const forge = (change: (facts: Facts) => Facts) => {
      const { content } = decodeSnapshot(read('one.json'));
      const facts = change(content.facts);
      const snapshot = makeSnapshot('0', facts, content.method, rank(facts, content.method), null);
      writeFileSync(file('bad.json'), encodeSnapshot(snapshot).text);
      return desk.json(['validators', 'verify', file('bad.json'), '--network', 'devnet', '--sample', '1'], 9);
    };
    const differs = (at: string) =>
      expect.objectContaining({ difference: expect.objectContaining({ what: 'chain', at }) });
    const offender = decodeSnapshot(read('one.json')).content.facts.validators.findIndex(
      ({ offences }) => offences.length > 0,
    );
    const clean = await forge((facts) => ({
      ...facts,
      validators: facts.validators.map((one) => ({ ...one, offences: [] })),
    }));
    expect(clean.result).toEqual(differs(`content.facts.validators[${offender}].offences[0]`));
    const fewer = await forge((facts) => ({
      ...facts,
      validators: facts.validators.slice(1),
    }));
    expect(fewer.result).toEqual(differs('content.facts.validators'));
    const later = await forge((facts) => ({
      ...facts,
      block: { ...facts.block, timestamp: facts.block.timestamp + 1 },
    }));
    expect(later.result).toEqual(differs('content.facts.block.timestamp'));
  });
  test('a node that pruned the block says so; a file that is none is refused', async () => {
    proxy.reset().on(
      'state_getRuntimeVersion',
      {
        kind: 'error',
        code: 4003,
        message: 'Client error: UnknownBlock: State already discarded',
      },
      { when: ([hash]) => hash === JSON.parse(read('one.json')).content.facts.block.hash },
    );
    const pruned = await desk.json(['validators', 'verify', file('one.json'), '--rpc', proxy.url], 5);
    expect(pruned.error?.code).toBe('STATE_PRUNED');
    proxy.reset();
    writeFileSync(file('none.json'), '{"format":"bursar/validators-snapshot/1"}');
    expect((await desk.json(['validators', 'verify', file('none.json')], 2)).error?.code).toBe(
      'SNAPSHOT_FORMAT',
    );
    expect((await desk.json(['validators', 'verify', file('missing.json')], 2)).error?.code).toBe(
      'FILE_READ',
    );
  });
});

describe('explain', () => {
  test('terms, place, and a sentence', async () => {
    const { json, text } = await desk.both(['validators', 'explain', v('v10')], 0);
    const product = json.result.terms.reduce((value: number, term: Row) => value * term.value, 1);
    expect(product).toBe(json.result.score);
    expect(json.result.payouts).toEqual({ elected: 4, paid: 0, oldestUnpaid: 1 });
    expect(text.stdout).toContain(json.result.sentence);
    expect(json.result.sentence).toMatch(/^Hazel is number 8 of 10: it takes 5 % of the rewards, /);
  });
  test('who is no validator is refused', async () => {
    const { error } = await desk.json(['validators', 'explain', v('alice')], 4);
    expect(error?.code).toBe('NOT_A_VALIDATOR');
    const named = await desk.json(['validators', 'explain', 'Birch Node'], 2);
    expect(named.error).toMatchObject({
      code: 'KEY_NAME',
      hint: expect.stringContaining('--filter operator='),
    });
  });
});

describe('select, nominate', () => {
  test('reasons, caps, and what changes for the account', async () => {
    const args = [
      'validators',
      'select',
      '--for',
      'operator',
      '--max-per-operator',
      '1',
      '--max-commission',
      '7%',
    ];
    const { result } = await desk.json([...args, '--min-nomination', '8000UNIT']);
    const why = Object.fromEntries(
      [...result.dropped, ...result.passed].map(({ address, reason }: Row) => [address, reason]),
    );
    expect(result.selected.map(({ address }: Row) => address)).toEqual(['v02', 'v01', 'v04'].map(v));
    expect(why).toEqual({
      [v('v03')]: 'LOW_NOMINATION',
      [v('v05')]: 'LOW_NOMINATION',
      [v('v06')]: 'COMMISSION',
      [v('v07')]: 'COMMISSION',
      [v('v08')]: 'NO_IDENTITY',
      [v('v09')]: 'CHILLED',
      [v('v10')]: 'LOW_NOMINATION',
      [v('v11')]: 'NO_IDENTITY',
      [v('v12')]: 'NO_IDENTITY',
    });
    expect(result.diff).toMatchObject({ add: [v('v02'), v('v01')], keep: [v('v04')] });
    expect(result.stashBond).toMatchObject({ active: (5000n * UNIT).toString(), enough: true });
    expect(result.returns.current.targets).toHaveLength(5);
  });
  test('an account that is too small, more targets than the chain allows, and nobody left', async () => {
    const small = ['validators', 'select', '--for', 'operator', '--min-stash-bond', '5001UNIT'];
    const { error, result } = await desk.json(small, 4);
    expect(error?.code).toBe('STASH_BOND');
    expect(result.selected.length).toBeGreaterThan(0);
    expect((await desk.json(['validators', 'select', '--max', '17'], 2)).error?.code).toBe('MAX_TARGETS');
    const none = await desk.json(
      ['validators', 'select', '--min-nomination', '1000000UNIT', '--save', file('no.json')],
      4,
    );
    expect(none.error?.code).toBe('NOBODY_SELECTED');
    expect(none.result.saved).toBeNull();
  });
  test('a saved selection is nominated once; the same again is nothing to do', async () => {
    await desk.text(['validators', 'select', '--for', 'operator', '--keep', '--save', file('targets.json')]);
    const { selection } = decodeSnapshot(read('targets.json')).content;
    expect(selection).toMatchObject({
      account: v('operator'),
      rules: { margin: 0.1, keep: expect.any(Array) },
    });
    const nominate = [
      'stake',
      'nominate',
      '--selection',
      file('targets.json'),
      '--from',
      'operator',
      '--yes',
    ];
    const done = await desk.json(nominate);
    expect(done.result.outcome.verdict).toBe('ok');
    const targets = selectedIn(decodeSnapshot(read('targets.json')));
    expect([...done.result.effect.after.nominations].sort()).toEqual([...targets].sort());
    const again = await desk.json([...nominate, '--exit-noop'], 3);
    expect(again.result.idle).toMatch(/already/);
  });
  test('it is refused when it is another account’s, too old, changed, of another chain, or a score', async () => {
    const refused = async (
      name: string,
      from: string,
      code: string,
      exit = 4,
      more: readonly string[] = [],
    ) => {
      const head = await desk.devnet.head();
      const args = ['stake', 'nominate', '--selection', file(name), '--from', from, '--yes', ...more];
      expect((await desk.json(args, exit)).error?.code, name).toBe(code);
      expect(await desk.devnet.head()).toBe(head);
    };
    await refused('targets.json', 'alice', 'SELECTION_ACCOUNT');
    await refused('targets.json', 'operator', 'SELECTION_AGE', 4, ['--max-age', '1ms']);
    await refused('one.json', 'operator', 'SELECTION_MISSING', 2);
    writeFileSync(
      file('bad.json'),
      read('targets.json').replaceAll('OUTSCORED', 'BLOCKED').replace('"margin":0.1', '"margin":0'),
    );
    await refused('bad.json', 'operator', 'SELECTION_DIGEST');
    const other = JSON.parse(read('targets.json'));
    other.content.facts.chain.genesisHash = `0x${'00'.repeat(32)}`;
    const { found } = decodeSnapshot(JSON.stringify(other));
    writeFileSync(file('bad.json'), JSON.stringify({ ...other, sha256: found }));
    await refused('bad.json', 'operator', 'SELECTION_CHAIN');
  });
});

describe('watch', () => {
  const root = async (call: { pallet: string; call: string; args: Record<string, unknown> }) => {
    const hex = await desk.encode({ pallet: 'Sudo', call: 'sudo', args: { call } } as never);
    await desk.json(['tx', 'submit', hex, '--from', 'alice', '--yes']);
  };

  test('once, for cron: first look, nothing new, and then what the validator did', async () => {
    const args = ['validators', 'watch', v('v07'), '--once', '--state', file('watch.json'), '--exit-noop'];
    expect((await desk.json(args)).result).toMatchObject({ since: null, changes: [] });
    expect((await desk.json(args, 3)).result.changes).toEqual([]);
    const prefs = { commission: 200_000_000, blocked: true };
    const hex = await desk.encode({ pallet: 'Staking', call: 'validate', args: { prefs } });
    await desk.json(['tx', 'submit', hex, '--from', 'v07', '--yes']);
    const { json, text } = { json: await desk.json(args), text: await desk.text(args, 3) };
    expect(json.result.changes).toMatchObject([
      { kind: 'commission-up', address: v('v07'), from: 150_000_000, to: 200_000_000 },
      { kind: 'blocked', address: v('v07') },
    ]);
    expect(json.result.operators[v('v07')]).toMatchObject({ source: expect.any(String) });
    expect(text.stdout).toContain('Nothing changed');
    const more = await desk.text(['validators', 'watch', v('v03'), ...args.slice(2)], 3);
    expect(more.stdout).toContain(`The first look at ${v('v03')}`);
    expect((await desk.json(['validators', 'watch', v('v07'), '--once'], 2)).error?.code).toBe('WATCH_ONCE');
  });

  test('a stream of lines; eras that passed while no endpoint answered are told afterwards', async () => {
    proxy.reset();
    const fork = { id: 'f0f0', block: 7 };
    proxy.on('dev_fork', { kind: 'alter', with: () => fork });
    const watching = desk.start([
      ...['validators', 'watch', v('v02'), v('v03'), '--rpc', proxy.url, '--every', '100ms', '--json'],
    ]);
    const lines: Row[] = [];
    let rest = '';
    watching.child.stdout?.on('data', (text: string) => {
      const parts = (rest + text).split('\n');
      rest = parts.pop() ?? '';
      const printed = parts.map((line) => assertMatchesSchema(line));
      // Each line says where it comes from.
      for (const one of printed) expect(one).toMatchObject({ fork });
      lines.push(...printed.map(({ result }) => result as Row));
    });
    const told = () => lines.flatMap(({ changes }) => changes.map(({ kind }: Row) => kind));
    await vi.waitFor(() => expect(lines).toHaveLength(1), { timeout: 60_000, interval: 50 });

    const setPoints = (points: number) =>
      root({ pallet: 'RelaySimulator', call: 'set_points', args: { validator: v('v03'), points } });
    proxy.die();
    await setPoints(1);
    await desk.devnet.advance({ eras: 2 });
    await setPoints(400);
    await desk.devnet.advance({ eras: 2 });
    await proxy.revive();
    await vi.waitFor(() => expect(told()).toContain('points-recovered'), { timeout: 60_000, interval: 50 });
    expect(told()).toEqual(['points-fell', 'points-recovered']);

    await desk.json(['stake', 'chill', '--from', 'v02', '--yes']);
    await vi.waitFor(() => expect(told()).toContain('chilled'), { timeout: 60_000, interval: 50 });
    await desk.devnet.advance({ eras: 2 });
    await vi.waitFor(() => expect(told()).toContain('dropped-out'), { timeout: 60_000, interval: 50 });
    watching.child.kill('SIGINT');
    const ended = await watching.ended;
    expect(ended.code, ended.stderr).toBe(0);
    // One line a change, after the first.
    for (const { changes } of lines.slice(1)) expect(changes).toHaveLength(1);
  });

  test('an endpoint that stays silent ends it with code 5', async () => {
    proxy.reset();
    const watching = desk.start([
      ...['validators', 'watch', v('v03'), '--rpc', proxy.url, '--every', '100ms', '--give-up', '1s'],
      // The first look may take its time on a busy machine; a refused connection does not.
      ...['--timeout', '20s'],
    ]);
    await Promise.race([
      new Promise((resolve) => watching.child.stdout?.once('data', resolve)),
      watching.ended.then(({ stderr }) => expect.fail(`it ended before the first look: ${stderr}`)),
    ]);
    proxy.die();
    const ended = await watching.ended;
    expect(ended.code, ended.stderr).toBe(5);
    expect(ended.stderr).toMatch(/^error: /m);
    await proxy.revive();
  });
});
