/** The page that proves a line, with its script running: in jsdom always, and in a real browser where there is one. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ExplainPage, epochPage, proofPage } from '../../../src/lib/pofbs/explainPage.js';
import { commitmentOf, toHex } from '../../../src/lib/pofbs/gpmp.js';
import { pathOf, proofBytes, proveInclusion } from '../../../src/lib/pofbs/proof.js';
import { leafOf, levelsOf } from '../../../src/lib/pofbs/tree.js';
import { type PageApp, renderHtml } from '../../../src/render/html/index.js';
import { browserMissing, launchChromium } from '../../support/chromium.js';
import { openPage, pageProblems } from '../../support/page.js';
import { type Balances, FIRST, manifestOf, rowsOf, saltOf, walletOf } from './custodyEpochs.js';
import { csvOf } from './snapshots.js';

const USDC: Balances = {
  alice: [12_345_678n, 5_000_000n, 1_000_000n],
  bob: [98_000_000n, 0n, 0n],
  carol: [7n, 7n, 0n],
};
const DOT: Balances = { alice: [10n ** 20n, 1n, 0n], dave: [1n, 1n, 1n] };
const manifest = manifestOf(FIRST, { DOT, USDC });
const rowsOfAsset = { DOT: rowsOf(FIRST, DOT), USDC: rowsOf(FIRST, USDC) };
const csvs = [rowsOfAsset.DOT, rowsOfAsset.USDC].map((rows) => new TextDecoder().decode(csvOf(rows)));
const idText = (balance: bigint) =>
  Buffer.from(rowsOfAsset.USDC.find(({ total }) => total === balance)!.id).toString('hex');
const ALICE = idText(12_345_678n);

/** Alice's proof of her USDC, as `pofbs prove` writes it. */
const proof = (() => {
  const [dot, usdc] = manifest.assets;
  const rows = rowsOfAsset.USDC;
  const index = rows.findIndex(({ total }) => total === 12_345_678n);
  const claim = { header: manifest, summary: usdc!, others: [commitmentOf(manifest, dot!)], position: 1 };
  const opening = { wallet: toHex(walletOf('alice')), salt: toHex(saltOf('alice', 1)) };
  return proveInclusion(claim, index, rows[index]!, pathOf(levelsOf(rows.map(leafOf)), index), opening);
})();
const proofText = new TextDecoder().decode(proofBytes(proof));

const small = epochPage(manifest, csvs);
const large = epochPage(manifest, null);

const render = (page: ExplainPage): string =>
  renderHtml(
    { title: 'What is owed', blocks: [{ kind: 'paragraph', text: 'An epoch.' }] },
    { tool: 'bursar 0.0.0', command: 'pofbs explain' },
    page as PageApp,
  );

/** A page whose data somebody changed; its script is as it was. */
const changed = (page: ExplainPage, change: object): string =>
  render({ ...page, data: { ...page.data, ...change } });

type Field = 'subject' | 'wallet' | 'salt' | 'gpmp';
type Fields = { readonly [Name in Field]?: string };
/** Fills in the form and presses the button; gives what the page answers, and what it says of itself. */
type Ask = (html: string, fields: Fields) => Promise<{ readonly answer: string; readonly state: string }>;

const OTHER = `0x${'ab'.repeat(32)}`;

function cases(ask: Ask): void {
  it('finds an id and proves its line', async () => {
    const { answer, state } = await ask(render(small), { subject: ALICE });
    expect(state).toContain('has just read all of its 5 lines again');
    expect(state).toContain(manifest.gpmp);
    expect(answer).toContain('Found. ');
    expect(answer).toMatch(/Row \d of 3 of USDC has this id/);
    for (const part of ['owed12.345678 USDC', 'may be withdrawn5 USDC', 'requested now1 USDC'])
      expect(answer.replaceAll('\n', '')).toContain(part);
    expect(answer).toContain('compare this fingerprint with the one on chain');
    expect(answer).toContain('That nobody was left out.');
    expect(answer).toContain('the 110.345685 USDC that it says it owes to 3 users.');
  });
  it('takes an id with 0x and in capitals', async () => {
    const { answer } = await ask(render(small), { subject: `  0x${ALICE.toUpperCase()}\n` });
    expect(answer).toContain('Found. ');
  });
  it('with the fingerprint from the chain nothing is left to do', async () => {
    const { answer } = await ask(render(small), { subject: ALICE, gpmp: ` ${manifest.gpmp} ` });
    expect(answer).toContain('Proved.');
    expect(answer).toContain('the statement with the fingerprint that you typed');
    expect(answer).not.toContain('One thing is left');
  });
  it('refuses everything under another fingerprint', async () => {
    for (const subject of [ALICE, proofText])
      for (const page of [small, large]) {
        const { answer } = await ask(render(page), { subject, gpmp: OTHER });
        expect(answer).toContain('Not proved. This page is about another statement');
      }
  });
  it('does not find a foreign id', async () => {
    const { answer } = await ask(render(small), { subject: 'ab'.repeat(32) });
    expect(answer).toContain('Not proved. No line of this epoch has the id abab');
  });
  it('finds both lines of a wallet, and knows whose they are', async () => {
    const fields = { wallet: toHex(walletOf('alice')), salt: toHex(saltOf('alice', 1)) };
    const { answer } = await ask(render(small), fields);
    expect(answer).toContain('of 2 of DOT has this id');
    expect(answer).toContain('of 3 of USDC has this id');
    expect(answer).toContain('what it says is that wallet’s');
    expect(answer).not.toContain('That this id is yours.');
    const { answer: wrong } = await ask(render(small), { ...fields, subject: idText(7n) });
    expect(wrong).toContain('This id was not made from this wallet and salt.');
    const { answer: foreign } = await ask(render(small), { ...fields, salt: OTHER });
    expect(foreign).toContain('No line of this epoch has the id');
  });
  it('checks a proof', async () => {
    for (const page of [small, large]) {
      const { answer } = await ask(render(page), { subject: proofText, gpmp: manifest.gpmp });
      expect(answer).toContain('Proved.');
      expect(answer).toContain('12.345678 USDC');
      expect(answer).toContain('what it says is that wallet’s');
    }
    const { answer } = await ask(render(large), { subject: proofText });
    expect(answer).toContain('Found. ');
  });
  it('refuses a proof that was changed', async () => {
    for (const [from, to] of [
      ['"total":"12345678"', '"total":"12345679"'],
      [`"index":${proof.index}`, `"index":${(proof.index + 1) % 3}`],
      ['"epoch":1', '"epoch":2'],
    ] as const) {
      expect(proofText).toContain(from);
      const { answer } = await ask(render(large), { subject: proofText.replace(from, to) });
      expect(answer).toContain('Not proved. The proof does not hold.');
    }
    const { answer } = await ask(render(large), { subject: proofText.replace('{', '{ ') });
    expect(answer).toContain('This is no proof: it was changed');
  });
  it('refuses a proof of another wallet', async () => {
    const { answer } = await ask(render(small), { subject: proofText, wallet: OTHER });
    expect(answer).toContain('The proof is about another wallet');
  });
  it('a page of one proof begins with it, and leaves the fingerprint to the reader', async () => {
    const html = render(proofPage(proof));
    const { answer } = await ask(html, {});
    expect(answer).toContain('Found. ');
    expect(answer).toContain(manifest.gpmp);
    expect((await ask(html, { gpmp: manifest.gpmp })).answer).toContain('Proved.');
    expect((await ask(html, { gpmp: OTHER })).answer).toContain('It belongs to another fingerprint');
  });
  it('is not to be trusted with one row changed', async () => {
    const [dot, usdc] = csvs as [string, string];
    for (const snapshots of [
      [dot, usdc.replace(',12345678,', ',12345679,')],
      [dot, usdc.replace(',98000000,0,0\n', ',98000000,1,0\n')],
      [dot, usdc.split('\n').toSpliced(1, 1).join('\n')],
      [dot.replace(',1,1,1\n', ',1,1,0\n'), usdc],
      [dot, `${usdc}x`],
      [usdc, dot],
    ]) {
      const { answer, state } = await ask(changed(small, { snapshots }), { subject: ALICE });
      expect(state).toContain('Do not trust this page.');
      expect(answer).toContain('Not proved. Do not trust this page.');
    }
  });
  it('is not to be trusted with the statement changed', async () => {
    const assets = manifest.assets.map((asset) => ({ ...asset, total: asset.total + 1n }));
    const header = { ...FIRST, timestamp: FIRST.timestamp + 1 };
    for (const page of [small, large])
      for (const change of [{ assets }, { gpmp: OTHER }, { header }]) {
        const { answer } = await ask(changed(page, change), { subject: page === small ? ALICE : proofText });
        expect(answer).toContain('Do not trust this page.');
      }
  });
  it('a consistent forgery shows another fingerprint', async () => {
    const forged = manifestOf(FIRST, { USDC: { alice: [1n, 0n, 0n] } });
    const rows = new TextDecoder().decode(csvOf(rowsOf(FIRST, { alice: [1n, 0n, 0n] })));
    const html = render(epochPage(forged, [rows]));
    expect((await ask(html, { subject: ALICE, gpmp: manifest.gpmp })).answer).toContain(
      'about another statement',
    );
  });
  it('says what is not an answer', async () => {
    expect((await ask(render(small), {})).answer).toContain('Paste your id or your proof first.');
    expect((await ask(render(small), { subject: 'alice' })).answer).toContain('This is neither an id');
    expect((await ask(render(large), { subject: ALICE })).answer).toContain(
      'does not hold the lines themselves',
    );
    expect((await ask(render(small), { subject: ALICE, gpmp: '0x12' })).answer).toContain(
      'is not 0x and 64 digits',
    );
    expect((await ask(render(small), { wallet: 'x', salt: '' })).answer).toContain(
      'A salt is 0x and 64 digits',
    );
    expect((await ask(render(small), { wallet: '0', salt: OTHER })).answer).toContain('no wallet address');
  });
  it('what is hostile stays text', async () => {
    const hostile = '</script><img src=x onerror=alert(1)>\u202e';
    const assets = manifest.assets.map((asset) => ({ ...asset, asset: hostile }));
    const { answer, state } = await ask(changed(large, { assets, header: { ...FIRST, epoch: hostile } }), {
      subject: hostile,
    });
    expect(`${answer}${state}`).not.toContain('\u202e');
    expect(state).toContain('Do not trust this page.');
  });
}

describe('the page', () => {
  it('has nothing that it must not have', () => {
    for (const page of [small, large, proofPage(proof)]) expect(pageProblems(render(page))).toEqual([]);
  });
  it('is the same every time', () => {
    expect(render(epochPage(manifest, csvs))).toBe(render(small));
  });
});

describe('in jsdom', () => {
  cases(async (html, fields) => {
    const { document, window, errors } = openPage(html);
    const part = (name: string) => document.getElementById(`pofbs-${name}`)!;
    for (const [name, value] of Object.entries(fields)) part(name).value = value;
    document.querySelector('#pofbs-form button')?.click();
    const settled = () => !/^$|Checking/.test(part('answer').textContent ?? '');
    for (let turn = 0; turn < 500 && !settled(); turn++) await new Promise((done) => setTimeout(done, 5));
    const said = { answer: part('answer').textContent ?? '', state: part('state').textContent ?? '' };
    expect([...document.querySelectorAll('img, a[href^="http"]')]).toEqual([]);
    expect(errors).toEqual([]);
    window.close();
    return said;
  });
});

describe.skipIf(browserMissing !== '')(`in a browser${browserMissing}`, () => {
  const directory = mkdtempSync(join(tmpdir(), 'bursar-explain-'));
  const path = join(directory, 'page.html');
  let browser: Browser;
  let page: Page;
  const complaints: string[] = [];
  beforeAll(async () => {
    browser = await launchChromium();
    page = await browser.newPage();
    page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
      if (!/^(file:|data:,$)/.test(request.url())) complaints.push(`request: ${request.url()}`);
    });
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(directory, { recursive: true });
  });

  const answered = async () => {
    const settled = async () =>
      !/^$|Checking/.test((await page.locator('#pofbs-answer').textContent()) ?? '');
    for (let turn = 0; turn < 1000 && !(await settled()); turn++) await page.waitForTimeout(10);
  };
  const said = async () => ({
    answer: (await page.locator('#pofbs-answer').textContent()) ?? '',
    state: (await page.locator('#pofbs-state').textContent()) ?? '',
  });

  cases(async (html, fields) => {
    writeFileSync(path, html);
    await page.goto(pathToFileURL(path).href);
    if (fields.wallet !== undefined || fields.salt !== undefined)
      await page.getByText('I know my wallet').click();
    for (const [name, value] of Object.entries(fields)) await page.fill(`#pofbs-${name}`, value);
    await page.getByRole('button', { name: 'Check' }).click();
    await answered();
    expect(await page.locator('img').count()).toBe(0);
    expect(complaints).toEqual([]);
    return said();
  });

  it('takes a proof as a file, and by keyboard alone', async () => {
    writeFileSync(path, render(large));
    const file = join(directory, 'proof.json');
    writeFileSync(file, proofText);
    await page.goto(pathToFileURL(path).href);
    await page.setInputFiles('#pofbs-file', file);
    await answered();
    expect((await said()).answer).toContain('Found. ');

    writeFileSync(path, render(small));
    await page.goto(pathToFileURL(path).href);
    await page.getByLabel('Your id, or the proof').focus();
    await page.keyboard.insertText(ALICE);
    await page.getByLabel('The fingerprint (GPMP)').focus();
    await page.keyboard.insertText(manifest.gpmp);
    await page.keyboard.press('Enter');
    await answered();
    expect((await said()).answer).toContain('Proved.');
    expect(await page.evaluate('document.activeElement.id')).toBe('pofbs-answer');
    expect(complaints).toEqual([]);
  });

  it('is no wider than a small screen, in light and dark', async () => {
    writeFileSync(path, render(small));
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width: 360, height: 800 });
      await page.goto(pathToFileURL(path).href);
      await page.fill('#pofbs-subject', ALICE);
      await page.getByRole('button', { name: 'Check' }).click();
      await answered();
      await page.getByText('The way from this line').last().click();
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
    }
  });

  it('stays alive while it reads 20,000 lines', async () => {
    const many = Object.fromEntries(
      Array.from({ length: 20_000 }, (_, at) => [`user ${at}`, [BigInt(at + 1), 0n, 0n] as const]),
    );
    const rows = rowsOf(FIRST, many);
    const big = manifestOf(FIRST, { DOT: many });
    writeFileSync(path, render(epochPage(big, [new TextDecoder().decode(csvOf(rows))])));
    await page.goto(pathToFileURL(path).href);
    // Pressed before the page has read everything: the answer waits.
    await page.fill('#pofbs-subject', Buffer.from(rows[12_345]!.id).toString('hex'));
    await page.getByRole('button', { name: 'Check' }).click();
    await answered();
    expect((await said()).answer).toContain('Row 12,346 of 20,000 of DOT has this id.');
    expect(complaints).toEqual([]);
  });
});
