import { describe, expect, it } from 'vitest';
import { agreementOf } from '../../../src/lib/pofbs/agreement.js';
import { checkProof } from '../../../src/lib/pofbs/checkProof.js';
import { summarize } from '../../../src/lib/pofbs/engine.js';
import {
  type EpochExplanation,
  explainEpoch,
  explainProof,
  explainSnapshot,
} from '../../../src/lib/pofbs/explain.js';
import { plainChecks } from '../../../src/lib/pofbs/explainWords.js';
import { fraudBytes } from '../../../src/lib/pofbs/fraud.js';
import { toHex } from '../../../src/lib/pofbs/gpmp.js';
import { idContext, idOf } from '../../../src/lib/pofbs/id.js';
import { proofBytes, proofRow } from '../../../src/lib/pofbs/proof.js';
import type { Manifest } from '../../../src/lib/pofbs/types.js';
import { explainError, explainView } from '../../../src/lib/pofbs/viewExplain.js';
import { renderText } from '../../../src/render/index.js';
import { type Balances, entryOf, FIRST, inputOf, manifestOf, rowsOf } from './custodyEpochs.js';
import { csvOf, epochOf, HEADER, hash32, rowsWith } from './snapshots.js';

const USDC: Balances = { alice: [12_500_000n, 5n, 1n], bob: [98_000_000n, 0n, 0n] };
const manifest: Manifest = manifestOf(FIRST, { USDC });
const [entry] = manifest.assets;

const read = async (bytes: Uint8Array, of = entry ?? null) => {
  const summary = await summarize(inputOf(bytes), { threads: 0 });
  const { root, rows } = summary;
  const totals =
    root === null ? null : { asset: '', decimals: 0, rows, total: root.total, requests: root.requests };
  return { file: 'USDC.csv', totals, agreement: agreementOf(summary, of, 'unixfs-v1-2025') };
};
const csv = csvOf(rowsOf(FIRST, USDC));
const textOf = (explanation: EpochExplanation) =>
  renderText(explainView(explanation), { colour: false, width: Number.POSITIVE_INFINITY });
const UNCOMPARED = '! Nothing was found to be wrong, but the code was not compared with the published one';
const wrong = ({ checks }: EpochExplanation) =>
  checks.filter(({ answer }) => answer === 'FALSE').map(({ title }) => title);

describe('an agreement of a file with its manifest', () => {
  const change = (from: string, to: string) =>
    new TextEncoder().encode(new TextDecoder().decode(csv).replace(from, to));
  const answers = async (bytes: Uint8Array) => {
    const { agreement } = await read(bytes);
    return Object.fromEntries(
      Object.entries(agreement).map(([question, { verdict }]) => [question, verdict]),
    );
  };
  it('asks four questions, and never says TRUE to what it cannot see', async () => {
    // The CID in the test's manifest is made up.
    expect(await answers(csv)).toEqual({ lines: 'TRUE', amounts: 'TRUE', sums: 'TRUE', file: 'FALSE' });
    expect(await answers(change(',12500000,', ',12500001,'))).toMatchObject({ lines: 'TRUE', sums: 'FALSE' });
    expect(await answers(change(',98000000,0,0', ',98000000,0,1'))).toMatchObject({ amounts: 'FALSE' });
    expect(await answers(change(',98000000,', ',x,'))).toMatchObject({ lines: 'FALSE', sums: 'NOT CHECKED' });
    expect(await answers(change('id,total', 'id,sum'))).toMatchObject({
      lines: 'FALSE',
      amounts: 'NOT CHECKED',
    });
    const alone = await read(csv, null);
    expect(alone.agreement).toMatchObject({
      sums: { verdict: 'NOT CHECKED' },
      file: { verdict: 'NOT CHECKED' },
    });
  });
});

describe('an epoch', () => {
  const good = async () => {
    const { file, totals, agreement } = await read(csv);
    return { file, totals, agreement: { ...agreement, file: agreement.lines } };
  };
  it('in order shows what is owed, and leaves the money and the missing open', async () => {
    const explained = explainEpoch('e', manifest, [await good()], null, null);
    expect(explained.answer).toBe('TRUE');
    expect(explained.proved.join(' ')).toContain('owes 110.5 USDC to 2 users');
    expect(textOf(explained)).toContain('compare it yourself');
  });
  it('sounds like full success only if the code was compared', async () => {
    const open = textOf(explainEpoch('e', manifest, [await good()], null, null));
    expect(open).toContain(UNCOMPARED);
    expect(open).toContain('What this shows, if the code is the one that was published');
    expect(open).not.toContain('Everything that was checked holds');
    const compared = textOf(explainEpoch('e', manifest, [await good()], manifest.gpmp, null));
    expect(compared).toContain('Everything that was checked holds, and the code is the one that you');
    expect(compared).not.toContain('Nothing was found');
  });
  it('on a page speaks of the field, not of a flag', async () => {
    const explained = explainEpoch('e', manifest, [await good()], null, null);
    expect(textOf(explained)).toContain('--gpmp');
    const page = renderText(explainView(explained, { page: true }), { colour: false, width: 1e9 });
    expect(page).not.toContain('--');
    expect(page).toContain('compare it in the form above');
    expect(page).not.toContain('NOT CHECKED');
  });
  it('with another code ends with the innocent cause first, and one full stop', async () => {
    const error = explainError(explainEpoch('e', manifest, [await good()], `0x${'ab'.repeat(32)}`, null));
    expect(error?.message).toMatch(/[^.]\.$/);
    expect(error?.hint).toMatch(/^Look first whether the code that you gave is the one of epoch 1,/);
  });
  it('under another code, or with another in its statement, shows nothing', async () => {
    const other = `0x${'ab'.repeat(32)}`;
    for (const explained of [
      explainEpoch('e', manifest, [await good()], other, null),
      explainEpoch('e', { ...manifest, gpmp: other }, [await good()], null, null),
    ]) {
      expect(explained).toMatchObject({ answer: 'FALSE', proved: [], gpmp: manifest.gpmp });
      expect(wrong(explained)).toHaveLength(1);
      expect(textOf(explained)).toContain('Do not rely on it.');
    }
  });
  it('without its file is not checked', () => {
    const explained = explainEpoch('e', manifest, [null], null, null);
    expect(explained).toMatchObject({ answer: 'NOT CHECKED', proved: [] });
    expect(textOf(explained)).toContain('NOT CHECKED; USDC.csv is not here');
  });
  it('of one line speaks of one', async () => {
    const one = { carol: [5n, 5n, 5n] } as const;
    const small = manifestOf(FIRST, {}, { assets: [entryOf('KSM', 0, rowsOf(FIRST, one))] });
    const { agreement, ...rest } = await read(csvOf(rowsOf(FIRST, one)), small.assets[0]);
    const snapshot = { ...rest, agreement: { ...agreement, file: agreement.lines } };
    const words = explainEpoch('e', small, [snapshot], null, null).proved.join(' ');
    expect(words).toContain('owes 5 KSM to one user');
    expect(words).toContain('The only line was read: it adds up');
  });
});

describe('a file alone', () => {
  it('is judged by its lines, in the smallest unit', async () => {
    const explained = explainSnapshot('USDC.csv', await read(csv, null), null);
    expect(explained.answer).toBe('TRUE');
    expect(explained.proved).toEqual([
      'The file lists 2 users, who are owed 110500000 and ask for 1, in the smallest unit of the asset.',
    ]);
    expect(textOf(explained)).toContain('! Nothing was found to be wrong, but a file alone does not say who');
    const broken = explainSnapshot('USDC.csv', await read(new TextEncoder().encode('x'), null), null);
    expect(broken).toMatchObject({ answer: 'FALSE', proved: [], assets: [] });
  });
});

describe('a proof', () => {
  const epoch = epochOf(
    rowsWith([
      [5n, 4n, 3n],
      [9n, 9n, 9n],
    ]),
  );
  const bytes = proofBytes(epoch.prove(1));

  it('against the GPMP from the chain', () => {
    const explained = explainProof('p', bytes, epoch.gpmp, null);
    expect(explained).toMatchObject({ answer: 'TRUE', gpmp: epoch.gpmp });
    expect(explained.proved).toHaveLength(2);
    const other = explainProof('p', bytes, `0x${'ab'.repeat(32)}`, null);
    expect(other).toMatchObject({ answer: 'FALSE', proved: [], gpmp: epoch.gpmp });
  });
  it('without one is not checked: its own words prove nothing', () => {
    const explained = explainProof('p', bytes, null, null);
    expect(explained.answer).toBe('NOT CHECKED');
    expect(textOf(explained)).toContain(UNCOMPARED);
    expect(explained.notProved[0]).toContain('Compare the code with the published one');
    expect(explained.checks.map(({ title }) => title).join()).not.toContain('given GPMP');
  });
  it('is told without the words of the trade', () => {
    for (const published of [null, epoch.gpmp, `0x${'ab'.repeat(32)}`]) {
      const explained = explainProof('p', bytes, published, null);
      const words = textOf(explained).replace('code (GPMP)', '').replace('--gpmp', '');
      expect(words).not.toMatch(/\b(?:node|path|root|summary|commits?|tree|depth|GPMP|opens?|hash|C4b?)\b/i);
      expect(explained.checks).toHaveLength(4);
    }
  });
  it('that names a wallet speaks to its owner', () => {
    const [wallet, salt] = [hash32('wallet'), hash32('salt')];
    const id = idOf(idContext(HEADER), wallet, salt);
    const mine = epochOf([{ id, total: 5n, withdrawable: 4n, request: 3n }]);
    const proof = proofBytes(mine.prove(0, { wallet: toHex(wallet), salt: toHex(salt) }));
    const explained = explainProof('p', proof, mine.gpmp, null);
    expect(explained.answer).toBe('TRUE');
    expect(explained.proved[0]).toContain(`the owner of the wallet ${toHex(wallet)}`);
    expect(explained.proved[1]).toContain(
      'it owes you 0.000005 USDC. Of this you may take out 0.000004 USDC, and you ask for 0.000003 USDC now.',
    );
    expect(explained.notProved.join()).not.toContain('That the line is yours');
    expect(explainProof('p', bytes, epoch.gpmp, null).notProved[1]).toContain('That the line is yours');
    const other = new TextDecoder().decode(proof).replace(toHex(salt), toHex(wallet));
    const forged = explainProof('p', new TextEncoder().encode(other), mine.gpmp, null);
    expect(forged).toMatchObject({ answer: 'FALSE', proved: [] });
    expect(wrong(forged)).toEqual(['The line was made for the wallet that the proof names']);
    expect(explainError(forged)?.message).toMatch(/[^.]\.$/);
    expect(explainError(forged)?.hint).toContain('Ask for another proof');
  });
  it('has plain words for every step, and hides none that has no words yet', () => {
    const { steps } = checkProof(bytes, { gpmp: epoch.gpmp, from: 'flag' });
    const titles = plainChecks({ kind: 'inclusion', steps }).map(({ title }) => title);
    for (const { says } of steps) expect(titles).not.toContain(says.replace(/\.$/, ''));
    const fresh = { name: 'new', ok: false, says: 'It is new.', detail: 'It is old.' };
    expect(plainChecks({ kind: 'inclusion', steps: [...steps, fresh] }).at(-1)).toEqual({
      title: 'It is new',
      answer: 'FALSE',
      detail: 'It is old',
    });
  });
  it('of a fraud', () => {
    const rows = rowsWith([[5n, 6n, 3n]]);
    const bad = epochOf(rows);
    const fraud = fraudBytes({
      format: 'pofbs.fraud/1',
      kind: 'row',
      ...bad.claim,
      index: 0,
      row: proofRow(rows[0]!),
      path: [],
    });
    const explained = explainProof('f', fraud, bad.gpmp, null);
    expect(explained.answer).toBe('TRUE');
    expect(explained.proved.join()).toContain('C4b');
    expect(explained.proved[0]).toBe(
      'Line 1 of the list lets 0.000006 USDC be taken out, although only 0.000005 USDC is owed.',
    );
    expect(explained.checks.map(({ title }) => title).join()).not.toMatch(/path|root|summary/);
  });
  it('that was changed is refused', () => {
    const changed = new TextEncoder().encode(
      new TextDecoder().decode(bytes).replace('"index":1', '"index":7'),
    );
    expect(explainProof('p', changed, epoch.gpmp, null)).toMatchObject({ answer: 'FALSE', proved: [] });
    expect(() => explainProof('p', bytes.slice(1), epoch.gpmp, null)).toThrow('The proof is refused.');
  });
});
