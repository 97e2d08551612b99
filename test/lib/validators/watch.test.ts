import { describe, expect, it } from 'vitest';
import { compare, type Look, type Seat, type WatchState } from '../../../src/lib/validators/watch.js';
import { decodeWatchState, encodeWatchState } from '../../../src/lib/validators/watchState.js';
import { changeLine, changeText } from '../../../src/lib/validators/watchView.js';

const RULES = { lowPoints: 0.5 };
const PERCENT = 10_000_000;

const seat = (more: Partial<Seat> & { unpaid?: number } = {}): Seat => ({
  exposure: { total: 100n, own: 10n, nominators: 5, pages: 1, unpaid: more.unpaid ?? 0 },
  commission: 5 * PERCENT,
  points: 100,
  ...more,
});
const OUT = seat({ exposure: null, commission: 0, points: null });

/** A look at one validator: its seats from an era on, the last of them in the active era. */
function look(
  from: number,
  seats: readonly Seat[],
  now: Partial<Look['validators'][number]> = {},
  more: Partial<Look> = {},
): Look {
  const activeEra = from + seats.length - 1;
  return {
    genesisHash: '0x01',
    block: { hash: '0x02', number: activeEra * 10, timestamp: 1_767_225_600_000 },
    activeEra,
    lost: null,
    eras: seats.map((one, index) => ({
      era: from + index,
      mean: index === seats.length - 1 ? null : 100,
      seats: [one],
    })),
    validators: [{ address: 'A', commission: 5 * PERCENT, blocked: false, offences: [], ...now }],
    ...more,
  };
}

const first = (): WatchState => compare(null, look(10, [seat()]), RULES).state;
const kinds = (state: WatchState | null, next: Look) =>
  compare(state, next, RULES).changes.map(({ kind, era }) => `${kind}@${era}`);

describe('changes', () => {
  it('there are none at the first look, nor when nothing changed', () => {
    expect(kinds(null, look(10, [OUT], { commission: null, blocked: true }))).toEqual([]);
    expect(kinds(first(), look(10, [seat()]))).toEqual([]);
    expect(kinds(first(), look(10, [seat(), seat(), seat()]))).toEqual([]);
  });
  it.each([
    ['commission-up@10', { commission: 6 * PERCENT }],
    ['commission-down@10', { commission: 0 }],
    ['blocked@10', { blocked: true }],
    ['chilled@10', { commission: null }],
    ['offence@9', { offences: [{ era: 9, kind: 'slashed', fraction: PERCENT }] }],
  ] as const)('%s', (kind, now) => {
    const next = look(10, [seat()], now);
    const { changes, state } = compare(first(), next, RULES);
    expect(changes.map((change) => `${change.kind}@${change.era}`)).toEqual([kind]);
    // Told once.
    expect(kinds(state, next)).toEqual([]);
  });
  it('a chilled validator that comes back', () => {
    const gone = compare(first(), look(10, [seat()], { commission: null }), RULES).state;
    expect(kinds(gone, look(10, [seat()]))).toEqual(['validates-again@10']);
  });
  it('an offence is told again when it moves on: reported, deferred, slashed', () => {
    const reported = { offences: [{ era: 9, kind: 'reported', fraction: 1 }] } as const;
    const slashed = { offences: [{ era: 9, kind: 'slashed', fraction: 1 }] } as const;
    const { state } = compare(first(), look(10, [seat()], reported), RULES);
    expect(kinds(state, look(10, [seat()], slashed))).toEqual(['offence@9']);
  });
});

describe('eras between two looks', () => {
  it('none is missed: out and back in again is both told', () => {
    expect(kinds(first(), look(10, [seat(), OUT, seat()]))).toEqual(['dropped-out@11', 'elected@12']);
  });
  it('points are judged for every era that ended, once', () => {
    const low = seat({ points: 49 });
    const { changes, state } = compare(
      first(),
      look(10, [seat(), low, seat({ points: null }), seat()]),
      RULES,
    );
    expect(changes).toMatchObject([{ kind: 'points-fell', era: 11, to: 49 }]);
    expect(state.validators[0]!.judged).toEqual({ era: 12, low: true });
    expect(kinds(state, look(13, [seat(), seat()]))).toEqual(['points-recovered@13']);
    expect(kinds(state, look(13, [seat()]))).toEqual([]);
  });
  it('who is not elected has no points to fall', () => {
    expect(kinds(first(), look(10, [seat(), OUT, OUT]))).toEqual(['dropped-out@11']);
  });
  it('a commission that was raised and lowered in between is in its era’s books', () => {
    const greedy = seat({ commission: 100 * PERCENT });
    expect(kinds(first(), look(10, [seat(), greedy, seat()]))).toEqual(['commission-spike@11']);
  });
  it('a commission of an election before the change is no change', () => {
    const raised = compare(first(), look(10, [seat()], { commission: 9 * PERCENT }), RULES).state;
    expect(kinds(raised, look(10, [seat(), seat()], { commission: 9 * PERCENT }))).toEqual([]);
  });
  it('a reward page that overflows, where only so many are paid', () => {
    const full = seat({ unpaid: 3 });
    const { changes, state } = compare(first(), look(10, [seat(), full]), RULES);
    expect(changes).toMatchObject([{ kind: 'page-overfull', era: 11, to: 3 }]);
    expect(kinds(state, look(11, [full, full]))).toEqual([]);
  });
  it('eras that the chain no longer keeps are said to be lost', () => {
    const next = look(20, [seat()], {}, { lost: { from: 10, to: 19 } });
    expect(kinds(first(), next)).toEqual(['eras-lost@20']);
  });
});

describe('the state file', () => {
  it('is read back as it was', () => {
    const state = compare(
      first(),
      look(10, [seat(), seat()], { offences: [{ era: 9, kind: 'slashed', fraction: null }] }),
      RULES,
    ).state;
    expect(decodeWatchState(encodeWatchState(state), '0x01')).toEqual(state);
  });
  it('of another chain, or none at all, is refused', () => {
    const text = encodeWatchState(first());
    expect(() => decodeWatchState(text, '0x99')).toThrow(
      expect.objectContaining({ code: 'WATCH_CHAIN', exit: 4 }),
    );
    for (const bad of ['', '{}', 'null', '[1]'])
      expect(() => decodeWatchState(bad, '0x01')).toThrow(
        expect.objectContaining({ code: 'WATCH_STATE', exit: 2 }),
      );
    expect(() => decodeWatchState(text.replace('"era":10', '"era":9,"era":10'), '0x01')).toThrow(
      expect.objectContaining({
        code: 'WATCH_STATE',
        message: expect.stringContaining('"era" occurs twice'),
      }),
    );
    expect(() => decodeWatchState(text.replace('"era":10', '"era":"x"'), '0x01')).toThrow(
      expect.objectContaining({ code: 'FILE_FORM', exit: 2 }),
    );
  });
});

it('a change is one line', () => {
  const { changes } = compare(first(), look(10, [seat()], { commission: 10 * PERCENT }), RULES);
  expect(changeText(changes[0]!)).toBe('era 10  A  commission up from 5% to 10%');
  expect(changeLine(changes[0]!, { block: look(10, []).block, operators: {} })).toBe(
    '2026-01-01 00:00 UTC  era 10  A  commission up from 5% to 10%',
  );
});
