import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type EpochSource,
  type HistoryCheck,
  type HistoryResult,
  history,
  timeText,
} from '../../../src/lib/pofbs/history.js';
import type { Manifest } from '../../../src/lib/pofbs/types.js';
import { historyView } from '../../../src/lib/pofbs/viewHistory.js';
import { renderText } from '../../../src/render/index.js';
import { chainOf, FIRST, headerAfter, manifestOf } from './custodyEpochs.js';

const sourcesOf = (manifests: readonly Manifest[]): EpochSource[] =>
  manifests.map((manifest, at) => ({ source: `e${String(at).padStart(3, '0')}`, manifest }));

const answers = (result: HistoryResult) =>
  Object.fromEntries(result.checks.map(({ rule, answer }) => [rule, answer]));
const wrong = (result: HistoryResult) =>
  result.checks.filter(({ answer }) => answer === 'FALSE').map(({ rule }) => rule);
const detailsOf = (result: HistoryResult, rule: HistoryCheck['rule']) =>
  result.checks.find((one) => one.rule === rule)!.details;

const GOOD = {
  manifests: 'TRUE',
  gpmp: 'TRUE',
  links: 'TRUE',
  gaps: 'TRUE',
  equivocation: 'TRUE',
  time: 'TRUE',
  snapshots: 'NOT CHECKED',
};

describe('epochs in a row', () => {
  it('are found in order whatever order they come in', () => {
    const epochs = chainOf(6);
    fc.assert(
      fc.property(fc.shuffledSubarray(sourcesOf(epochs), { minLength: 6 }), (sources) => {
        const result = history(sources);
        expect(result).toEqual(history(sourcesOf(epochs)));
        expect(answers(result)).toEqual(GOOD);
        expect(result.valid).toBe(true);
      }),
      { numRuns: 20 },
    );
    const [line] = history(sourcesOf(epochs)).lines;
    expect(line?.epochs.map(({ epoch, link }) => [epoch, link])).toEqual([
      [1, 'first'],
      [2, 'follows'],
      [3, 'follows'],
      [4, 'follows'],
      [5, 'follows'],
      [6, 'follows'],
    ]);
  });
  it('that begin in the middle have an unchecked first link', () => {
    const result = history(sourcesOf(chainOf(4).slice(2)));
    expect(answers(result)).toEqual(GOOD);
    expect(result.lines[0]?.epochs.map(({ link }) => link)).toEqual(['unchecked', 'follows']);
    expect(detailsOf(result, 'links')).toEqual(['e000: epoch 2, which it follows, is not here']);
  });
  it('a single one proves nothing of others', () => {
    const result = history(sourcesOf(chainOf(1)));
    expect(answers(result)).toEqual({
      ...GOOD,
      links: 'NOT CHECKED',
      gaps: 'NOT CHECKED',
      equivocation: 'NOT CHECKED',
      time: 'NOT CHECKED',
    });
    expect(result.valid).toBe(true);
  });
  it('nothing that can be read makes nothing true', () => {
    const result = history([{ source: 'x', refused: 'It is not JSON.' }]);
    expect(Object.values(answers(result)).filter((answer) => answer === 'TRUE')).toEqual([]);
    expect(wrong(result)).toEqual(['manifests']);
    expect(result.valid).toBe(false);
  });
});

describe('what is wrong', () => {
  it('a missing epoch', () => {
    const epochs = chainOf(6);
    const result = history(sourcesOf([epochs[0]!, epochs[2]!, epochs[5]!]));
    expect(wrong(result)).toEqual(['gaps']);
    expect(detailsOf(result, 'gaps')).toEqual(['epoch 2 is missing', 'epochs 4 to 5 are missing']);
    expect(result.lines[0]?.epochs.map(({ link }) => link)).toEqual(['first', 'unchecked', 'unchecked']);
    expect(answers(result).links).toBe('NOT CHECKED');
  });
  it('a forged link', () => {
    const [one, two] = chainOf(2) as [Manifest, Manifest];
    const forged = manifestOf(headerAfter(two, { prevGpmp: `0x${'ab'.repeat(32)}` }), {
      DOT: { bob: [1n, 1n, 1n] },
    });
    const result = history(sourcesOf([one, two, forged]));
    expect(wrong(result)).toEqual(['links']);
    expect(detailsOf(result, 'links')).toEqual([
      `e002 names 0x${'ab'.repeat(32)}, which is not the GPMP of epoch 2`,
    ]);
  });
  it('a later epoch that says it is the first, and an epoch 0 that says it is not', () => {
    const [one] = chainOf(1) as [Manifest];
    const restart = manifestOf(headerAfter(one, { epoch: 5, prevGpmp: FIRST.prevGpmp }), {
      DOT: { bob: [1n, 1n, 1n] },
    });
    expect(detailsOf(history(sourcesOf([one, restart])), 'links')).toEqual([
      'e001 says that epoch 5 is the first one, but earlier ones are here',
    ]);
    const zero = manifestOf(
      { ...FIRST, epoch: 0, prevGpmp: `0x${'ab'.repeat(32)}` },
      { DOT: { bob: [1n, 1n, 1n] } },
    );
    expect(wrong(history(sourcesOf([zero])))).toEqual(['links']);
  });
  it('links go by what the manifest comes to, not by what it says of itself', () => {
    const [one] = chainOf(1) as [Manifest];
    const lie = { ...one, gpmp: `0x${'cd'.repeat(32)}` };
    const believer = manifestOf(headerAfter(one, { prevGpmp: lie.gpmp }), { DOT: { bob: [1n, 1n, 1n] } });
    const result = history(sourcesOf([lie, believer]));
    expect(wrong(result)).toEqual(['gpmp', 'links']);
    expect(detailsOf(result, 'gpmp')[0]).toContain(
      `e000 says 0x${'cd'.repeat(32)}, but its fields give ${one.gpmp}`,
    );
    expect(result.lines[0]?.epochs[0]?.gpmp).toBe(one.gpmp);
  });
  it('two manifests of one epoch; the next one may follow either', () => {
    const [one, two, three] = chainOf(3) as [Manifest, Manifest, Manifest];
    const other = manifestOf(headerAfter(one), { DOT: { alice: [1n, 0n, 0n] } });
    const result = history(sourcesOf([one, two, other, three]));
    expect(wrong(result)).toEqual(['equivocation']);
    const [said] = detailsOf(result, 'equivocation');
    expect(said).toContain('epoch 2 was published twice with different content');
    for (const part of ['e001', two.gpmp, 'e002', other.gpmp]) expect(said).toContain(part);
    expect(result.lines[0]?.epochs.map(({ link }) => link)).toEqual([
      'first',
      'follows',
      'follows',
      'follows',
    ]);
  });
  it('time that stands still or goes back', () => {
    const [one] = chainOf(1) as [Manifest];
    for (const back of [0, 1]) {
      const next = manifestOf(headerAfter(one, { timestamp: one.timestamp - back }), {
        DOT: { bob: [1n, 1n, 1n] },
      });
      expect(wrong(history(sourcesOf([one, next])))).toEqual(['time']);
    }
  });
  it('a damaged manifest does not keep the others from being read', () => {
    const result = history([...sourcesOf(chainOf(3)), { source: 'zz', refused: 'It is not JSON in UTF-8.' }]);
    expect(wrong(result)).toEqual(['manifests']);
    expect(detailsOf(result, 'manifests')).toEqual(['zz: It is not JSON in UTF-8.']);
    expect(result.lines[0]?.epochs).toHaveLength(3);
  });
  it('a snapshot that is not what its manifest says', () => {
    const sources = sourcesOf(chainOf(2)).map((one, at) => ({
      ...one,
      snapshots: { ok: at === 0, detail: at === 0 ? 'read' : 'R_ROOT is FALSE' },
    }));
    expect(answers(history(sources.slice(0, 1))).snapshots).toBe('TRUE');
    expect(detailsOf(history(sources), 'snapshots')).toEqual(['e001: R_ROOT is FALSE']);
    const half = [
      sources[0]!,
      { source: sources[1]!.source, manifest: (sources[1] as { manifest: Manifest }).manifest },
    ];
    expect(answers(history(half)).snapshots).toBe('NOT CHECKED');
    const missing = [{ ...sources[0]!, snapshots: { ok: null, detail: 'DOT.csv is not there' } }];
    expect(answers(history(missing)).snapshots).toBe('NOT CHECKED');
    expect(detailsOf(history(missing), 'snapshots')).toEqual(['e000: DOT.csv is not there']);
  });
});

describe('what is odd and breaks no rule', () => {
  it('copies, and manifests that differ where the GPMP does not look', () => {
    const [one] = chainOf(1) as [Manifest];
    const { format: _, withdrawableBasis: __, gpmp: ___, digest: ____, ...input } = one;
    const moved = manifestOf(FIRST, {}, { ...input, cidProfile: 'unixfs-v0-2015' });
    const result = history(sourcesOf([one, one, moved]));
    expect(result.valid).toBe(true);
    expect(result.lines[0]?.epochs).toHaveLength(1);
    expect(result.lines[0]?.epochs[0]?.copies).toEqual(['e001', 'e002']);
    expect(result.remarks[0]).toBe('e001 is a copy of e000');
    expect(result.remarks[1]).toContain('e002 has the GPMP of e000, but differs');
  });
  it('assets that vanish or change their decimals', () => {
    const [one] = chainOf(1) as [Manifest];
    const dot = { ...one.assets.find(({ asset }) => asset === 'DOT')!, decimals: 10 };
    const next = manifestOf(headerAfter(one), {}, { assets: [dot] });
    expect(history(sourcesOf([one, next])).remarks).toEqual([
      'DOT has 6 decimals in epoch 1 and 10 in epoch 2',
      'USDC is in epoch 1 and not in epoch 2',
    ]);
  });
  it('two custodians in one directory are two rows of epochs', () => {
    const other = manifestOf({ ...FIRST, custody: `0x${'33'.repeat(20)}` }, { DOT: { bob: [1n, 1n, 1n] } });
    const result = history(sourcesOf([...chainOf(2), other]));
    expect(result.valid).toBe(true);
    expect(result.lines.map(({ epochs }) => epochs.length)).toEqual([2, 1]);
  });
});

describe('the view', () => {
  const text = (result: HistoryResult) =>
    renderText(historyView(result), { colour: false, width: Number.POSITIVE_INFINITY });

  it('has the sums exactly, and a chart', () => {
    const shown = text(history(sourcesOf(chainOf(3))));
    expect(shown).toContain('3 epochs: nothing is wrong');
    expect(shown).toContain('100,000,000,000,000');
    expect(shown).toMatch(/2 +2 +0\.000108 +\+0\.000001 +0\.000007/);
    expect(shown).toContain('Owed in total, by epoch (DOT)');
  });
  it('draws its columns from zero: a little less does not look like nothing', () => {
    const charts = historyView(history(sourcesOf(chainOf(3)))).blocks.filter(({ kind }) => kind === 'chart');
    expect(charts.length).toBeGreaterThan(0);
    for (const chart of charts) expect(chart).toMatchObject({ from: 'zero' });
  });
  it('tells a FALSE with a way out, and at most three places of many', () => {
    const epochs = chainOf(20).filter((_, at) => at % 2 === 0);
    const shown = text(history(sourcesOf(epochs)));
    expect(shown).toContain('something is wrong');
    expect(shown).toContain('epoch 2 is missing; epoch 4 is missing; epoch 6 is missing; and 6 more');
    expect(shown).toContain('Get the missing epochs');
  });
  it('shows times that no calendar has', () => {
    expect(timeText(Number.MAX_SAFE_INTEGER)).toBe('second 9007199254740991');
    expect(timeText(0)).toBe('1970-01-01 00:00:00 UTC');
  });
  it('ten years of half hours are told in seconds', () => {
    const [one] = chainOf(1) as [Manifest];
    const many = Array.from({ length: 20_000 }, (_, at) => ({
      source: `e${at}`,
      manifest: { ...one, epoch: at + 1, timestamp: one.timestamp + at },
    }));
    const began = performance.now();
    expect(history(many).lines[0]?.epochs).toHaveLength(20_000);
    expect(performance.now() - began).toBeLessThan(20_000);
  });
});
