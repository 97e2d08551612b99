/**
 * The page that proves a line, as the built program writes it, with its script running: in jsdom always, and in a real
 * browser where there is one.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeSs58 } from '../../../src/lib/keys/ss58.js';
import { toHex } from '../../../src/lib/pofbs/gpmp.js';
import { idContext, idOf } from '../../../src/lib/pofbs/id.js';
import type { Manifest } from '../../../src/lib/pofbs/types.js';
import { type Balances, saltOf, walletOf } from '../../lib/pofbs/custodyEpochs.js';
import { browserMissing, launchChromium } from '../../support/chromium.js';
import { openPage, pageProblems } from '../../support/page.js';
import { buildEpoch, bursar, CHAIN, CUSTODY, changed, EPOCH, manifestIn, pageOf, remade } from './built.js';

const USDC: Balances = {
  alice: [12_345_678n, 5_000_000n, 1_000_000n],
  bob: [98_000_000n, 0n, 0n],
  carol: [7n, 7n, 0n],
};
const DOT: Balances = { alice: [10n ** 20n, 1n, 0n], dave: [1n, 1n, 1n] };
const HEADER = {
  chain: CHAIN,
  custody: CUSTODY,
  epoch: EPOCH,
  prevGpmp: `0x${'00'.repeat(32)}`,
  timestamp: 0,
};
const idText = (name: string) => toHex(idOf(idContext(HEADER), walletOf(name), saltOf(name, EPOCH))).slice(2);
const ALICE = idText('alice');
const ALICE_ADDRESS = encodeSs58(walletOf('alice'), 42);

const directory = mkdtempSync(join(tmpdir(), 'bursar-explain-'));
afterAll(() => rmSync(directory, { recursive: true }));

/** Of an epoch that is in order: with its lines, without them, of one proof; of a false epoch; of another one. */
let small = '';
let large = '';
let single = '';
let refused = '';
let forged = '';
let manifest: Manifest;
/** Alice's proof of her USDC, with her wallet and without. */
let proofText = '';
let openProofText = '';

beforeAll(async () => {
  const epoch = join(directory, 'epoch');
  await buildEpoch(epoch, { DOT, USDC });
  manifest = manifestIn(epoch);
  const prove = async (name: string, ...flags: string[]) => {
    const out = join(directory, name);
    await bursar(['pofbs', 'prove', epoch, '--asset', 'USDC', '--out', out, ...flags]);
    return readFileSync(out, 'utf8');
  };
  proofText = await prove('proof', '--wallet', ALICE_ADDRESS, '--mapping', join(epoch, 'mapping.csv'));
  openProofText = await prove('open', '--id', ALICE);
  small = await pageOf(epoch);
  single = await pageOf(join(directory, 'proof'));
  // The CID of one file is made up: the GPMP is the same, and every proof holds under it.
  const bad = join(directory, 'bad');
  remade(epoch, bad, ({ assets }) => ({
    assets: assets.map((asset) => ({ ...asset, cid: `bafy${'a'.repeat(55)}` })),
  }));
  refused = await pageOf(bad, [], 9);
  await buildEpoch(join(directory, 'other'), { USDC: { alice: [1n, 0n, 0n] } });
  forged = await pageOf(join(directory, 'other'));
  rmSync(join(epoch, 'DOT.csv'));
  large = await pageOf(epoch, ['--published-at', 'https://custodian.example/epochs']);
});

type Field = 'subject' | 'wallet' | 'salt' | 'gpmp';
type Fields = { readonly [Name in Field]?: string };
/** Fills in the form and presses the button; gives what the page answers, and what it says of itself. */
type Ask = (html: string, fields: Fields) => Promise<Said>;
interface Said {
  readonly answer: string;
  readonly state: string;
  /** Everything that is shown, the form and what stands below it too. */
  readonly all: string;
  /** Of the notes: good, warn, bad, muted. */
  readonly tones: readonly string[];
  /** What the pictures are said to be. */
  readonly images: readonly string[];
}

const tonesOf = (notes: readonly { getAttribute(name: string): string | null }[]): string[] =>
  notes.map((one) => (one.getAttribute('class') ?? '').replace('note ', ''));

const OTHER = `0x${'ab'.repeat(32)}`;

function cases(ask: Ask): void {
  it('finds an id and proves its line', async () => {
    const { answer, state } = await ask(small, { subject: ALICE });
    expect(state).toContain('has just read all of its 5 lines again');
    expect(state).toContain(manifest.gpmp);
    expect(answer).toContain('Found. ');
    expect(answer).toMatch(/Your line is in the USDC list \(line \d of 3\)\./);
    for (const part of ['owed12.345678 USDC', 'may be withdrawn5 USDC', 'requested now1 USDC'])
      expect(answer.replaceAll('\n', '')).toContain(part);
    expect(answer).toContain('compare this code with the one that was published');
    expect(answer).toContain('That nobody was left out.');
    expect(answer).toContain('the 110.345685 USDC that it says it owes to 3 users.');
  });
  it('takes an id with 0x and in capitals', async () => {
    const { answer } = await ask(small, { subject: `  0x${ALICE.toUpperCase()}\n` });
    expect(answer).toContain('Found. ');
  });
  it('with the published code nothing is left to do', async () => {
    const { answer } = await ask(small, { subject: ALICE, gpmp: ` ${manifest.gpmp} ` });
    expect(answer).toContain('Proved.');
    expect(answer).toContain('the statement with the code that you typed');
    expect(answer).not.toContain('One thing is left');
  });
  it('refuses everything under another code', async () => {
    for (const subject of [ALICE, proofText])
      for (const page of [small, large]) {
        const { answer } = await ask(page, { subject, gpmp: OTHER });
        expect(answer).toContain('Not proved. This page is about another statement');
      }
  });
  it('does not find a foreign id', async () => {
    const { answer } = await ask(small, { subject: 'ab'.repeat(32) });
    expect(answer).toContain('Not proved. No line has the id abab');
    expect(answer).toContain('Is it mistyped, or of another epoch?');
  });
  it('finds both lines of a wallet, and knows whose they are', async () => {
    const fields = { wallet: ALICE_ADDRESS, salt: toHex(saltOf('alice', EPOCH)) };
    const { answer } = await ask(small, fields);
    expect(answer).toMatch(/Your line is in the DOT list \(line \d of 2\)/);
    expect(answer).toMatch(/Your line is in the USDC list \(line \d of 3\)/);
    expect(answer).toMatch(new RegExp(`made for the wallet ${ALICE_ADDRESS} ?Copy, which you typed`));
    expect(answer).not.toContain('Is it yours?');
    expect(answer).not.toContain('That this id is yours.');
    const { answer: wrong } = await ask(small, { ...fields, subject: idText('carol') });
    expect(wrong).toContain('This id was not made from this wallet and salt.');
    const { answer: foreign } = await ask(small, { ...fields, salt: OTHER });
    expect(foreign).toContain(
      'No line belongs to this wallet and salt. Is one mistyped, or of another epoch?',
    );
    expect(foreign).toContain('you may have been left out');
    const { answer: mistyped } = await ask(small, { ...fields, wallet: ALICE_ADDRESS.replace(/.$/, 'x') });
    expect(mistyped).toContain('mistyped');
    expect(mistyped).not.toContain('left out');
  });
  it('of a proof that names a wallet names it too, and asks', async () => {
    for (const page of [small, large, single]) {
      const { answer } = await ask(page, { subject: proofText, gpmp: manifest.gpmp });
      expect(answer).toContain('Proved.');
      expect(answer).toContain('12.345678 USDC');
      expect(answer).toMatch(
        new RegExp(`This line was made for the wallet ${ALICE_ADDRESS} ?Copy\\. Is it yours\\?`),
      );
      expect(answer).not.toMatch(/your wallet and salt/);
    }
    const open = await ask(large, { subject: openProofText });
    expect(open.answer).toContain('Found. ');
    expect(open.answer).not.toContain('made for the wallet');
    expect(open.answer).toContain('That this id is yours.');
  });
  it('of a false epoch never says that anything is proved', async () => {
    for (const [subject, gpmp] of [
      [proofText, manifest.gpmp],
      [openProofText, manifest.gpmp],
      [proofText, ''],
    ] as const) {
      const { answer, state, tones } = await ask(refused, { subject, gpmp });
      expect(state).toContain('Do not rely on this.');
      expect(state).toContain('CID');
      expect(answer).toContain('Not proved. The line is in the list, but the epoch does not hold');
      expect(answer).not.toContain('Proved. ');
      expect(answer).not.toContain('What this proves');
      expect(tones).not.toContain('good');
    }
  });
  it('says what a proof does not open: the other lists of the epoch', async () => {
    const { answer } = await ask(single, { gpmp: manifest.gpmp });
    expect(answer).toContain('What the epoch’s other list holds');
    // The page of an epoch holds the statement of all of them.
    expect((await ask(large, { subject: proofText })).answer).not.toContain('other list');
  });
  it('says where the code is, and stops asking once it was compared', async () => {
    const open = await ask(small, { subject: ALICE });
    expect(open.state).toContain('Open a block explorer of Polkadot Asset Hub');
    expect(open.state).toContain(encodeSs58(new Uint8Array(32).fill(0x22), 42));
    expect(open.state).toContain(`for epoch ${EPOCH}. The code there must be exactly: ${manifest.gpmp}`);
    expect(open.images).toEqual(['QR code of the code of this epoch']);
    const published = await ask(large, {});
    expect(published.state).toContain('Open https://custodian.example/epochs, epoch 1.');
    for (const page of [small, single]) {
      const { answer, all } = await ask(page, {
        subject: page === small ? ALICE : proofText,
        gpmp: manifest.gpmp,
      });
      expect(answer).toContain('Proved.');
      expect(all).not.toContain('NOT CHECKED');
      expect(all).not.toMatch(/was not compared|must be exactly/);
    }
  });
  it('speaks plainly, of one as of many', async () => {
    const { all } = await ask(small, { subject: ALICE });
    expect(all).not.toContain('fingerprint');
    expect(all).not.toMatch(/[^.]\.\.(?!\.)/);
    expect(all).toContain('your local time; 2027-01-15 08:00 UTC');
    expect((await ask(forged, {})).all).toContain('has just read its only line again');
    expect((await ask(forged, {})).all).not.toMatch(/\b1 (?:wallets|lines|users|rows)\b/);
  });
  it('refuses a proof that was changed', async () => {
    const index = Number(/"index":(\d)/.exec(proofText)?.[1]);
    for (const [from, to] of [
      ['"total":"12345678"', '"total":"12345679"'],
      [`"index":${index}`, `"index":${(index + 1) % 3}`],
      ['"epoch":1', '"epoch":2'],
    ] as const) {
      expect(proofText).toContain(from);
      const { answer } = await ask(large, { subject: proofText.replace(from, to) });
      expect(answer).toContain('Not proved. The proof does not hold.');
    }
    const { answer } = await ask(large, { subject: proofText.replace('{', '{ ') });
    expect(answer).toContain('This is no proof: it was changed');
  });
  it('refuses a proof of another wallet', async () => {
    const { answer } = await ask(small, { subject: proofText, wallet: OTHER });
    expect(answer).toContain(`The proof is about another wallet, ${ALICE_ADDRESS}.`);
  });
  it('a page of one proof begins with it, and leaves the code to the reader', async () => {
    const { answer } = await ask(single, {});
    expect(answer).toContain('Found. ');
    expect(answer).toContain(manifest.gpmp);
    expect((await ask(single, { gpmp: manifest.gpmp })).answer).toContain('Proved.');
    expect((await ask(single, { gpmp: OTHER })).answer).toContain('It belongs to another code');
  });
  it('is not to be trusted with one row changed', async () => {
    const changes: ((dot: string, usdc: string) => string[])[] = [
      (dot, usdc) => [dot, usdc.replace(',12345678,', ',12345679,')],
      (dot, usdc) => [dot, usdc.replace(',98000000,0,0\n', ',98000000,1,0\n')],
      (dot, usdc) => [dot, usdc.split('\n').toSpliced(1, 1).join('\n')],
      (dot, usdc) => [dot.replace(',1,1,1\n', ',1,1,0\n'), usdc],
      (dot, usdc) => [dot, `${usdc}x`],
      (dot, usdc) => [usdc, dot],
    ];
    for (const change of changes) {
      const page = changed(small, ({ snapshots }) => ({
        snapshots: change(snapshots?.[0] ?? '', snapshots?.[1] ?? ''),
      }));
      const { answer, state } = await ask(page, { subject: ALICE });
      expect(state).toContain('Do not trust this page.');
      expect(answer).toContain('Not proved. Do not trust this page.');
    }
  });
  it('is not to be trusted with the statement changed', async () => {
    const changes: Parameters<typeof changed>[1][] = [
      ({ assets }) => ({ assets: assets.map((one) => ({ ...one, total: String(BigInt(one.total) + 1n) })) }),
      () => ({ gpmp: OTHER }),
      ({ header }) => ({ header: { ...header, timestamp: header.timestamp + 1 } }),
      // One asset twice, each time with less than is owed.
      ({ assets }) => ({ assets: assets.map((one) => ({ ...one, asset: 'USDC' })) }),
    ];
    for (const page of [small, large])
      for (const change of changes) {
        const subject = page === small ? ALICE : proofText;
        expect((await ask(changed(page, change), { subject })).answer).toContain('Do not trust this page.');
      }
  });
  it('a consistent forgery shows another code', async () => {
    expect((await ask(forged, { subject: ALICE, gpmp: manifest.gpmp })).answer).toContain(
      'about another statement',
    );
  });
  it('says what is not an answer', async () => {
    expect((await ask(small, {})).answer).toContain('Paste your id or your proof first.');
    expect((await ask(small, { subject: 'alice' })).answer).toContain('This is neither an id');
    expect((await ask(large, { subject: ALICE })).answer).toContain('does not hold the lines themselves');
    expect((await ask(small, { subject: ALICE, gpmp: '0x12' })).answer).toContain('is not 0x and 64 digits');
    expect((await ask(small, { wallet: 'x', salt: '' })).answer).toContain('A salt is 0x and 64 digits');
    expect((await ask(small, { wallet: '0', salt: OTHER })).answer).toContain('no wallet address');
  });
  it('what is hostile stays text', async () => {
    // A change of direction, a variation selector, a Hangul filler, a tag, a joiner.
    const hidden = ['\u202e', '\ufe0f', '\u115f', '\u{e0041}', '\u034f'];
    const hostile = `</script><img src=x onerror=alert(1)>${hidden.join('')}`;
    const page = changed(large, ({ assets, header }) => ({
      assets: assets.map((asset) => ({ ...asset, asset: hostile })),
      header: { ...header, epoch: hostile },
      where: hostile,
      refused: hostile,
    }));
    const { answer, state } = await ask(page, { subject: hostile });
    for (const one of hidden) expect(`${answer}${state}`).not.toContain(one);
    expect(state).toContain('Do not trust this page.');
  });
}

describe('the page', () => {
  it('has nothing that it must not have', () => {
    for (const page of [small, large, single, refused, forged]) expect(pageProblems(page)).toEqual([]);
  });
  it('is the same every time', async () => {
    expect(await pageOf(join(directory, 'other'))).toBe(forged);
    expect(await pageOf(join(directory, 'proof'))).toBe(single);
  });
  it('of a large epoch asks for the proof, of a small one for the id', () => {
    expect(small).toContain('Your id, or the proof that the custodian gave you');
    expect(large).toContain('Paste the proof file that the custodian gave you');
    expect(large).not.toContain('Your id, or');
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
    const said = {
      answer: part('answer').textContent ?? '',
      state: part('state').textContent ?? '',
      all: document.querySelector('main')?.textContent ?? '',
      tones: tonesOf([...document.querySelectorAll('#pofbs-answer .note, #pofbs-state .note')]),
      images: [...document.querySelectorAll('#pofbs-state [role=img]')].map(
        (image) => image.getAttribute('aria-label') ?? '',
      ),
    };
    expect([...document.querySelectorAll('img, a[href^="http"]')]).toEqual([]);
    expect(errors).toEqual([]);
    window.close();
    return said;
  });
});

describe.skipIf(browserMissing !== '')(`in a browser${browserMissing}`, () => {
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
  });

  const answered = async () => {
    const settled = async () =>
      !/^$|Checking/.test((await page.locator('#pofbs-answer').textContent()) ?? '');
    for (let turn = 0; turn < 1000 && !(await settled()); turn++) await page.waitForTimeout(10);
  };
  const said = async () => ({
    answer: (await page.locator('#pofbs-answer').textContent()) ?? '',
    state: (await page.locator('#pofbs-state').textContent()) ?? '',
    all: (await page.locator('main').innerText()) ?? '',
    tones: (
      await page
        .locator('#pofbs-answer .note, #pofbs-state .note')
        .evaluateAll((notes) => notes.map((one) => (one as { readonly className: string }).className))
    ).map((name) => name.replace('note ', '')),
    images: await page
      .locator('#pofbs-state [role=img]')
      .evaluateAll((images) =>
        images.map(
          (image) =>
            (image as { getAttribute(name: string): string | null }).getAttribute('aria-label') ?? '',
        ),
      ),
  });

  cases(async (html, fields) => {
    writeFileSync(path, html);
    await page.goto(pathToFileURL(path).href);
    if (fields.wallet !== undefined || fields.salt !== undefined)
      await page.getByText('I know my wallet').click();
    for (const [name, value] of Object.entries(fields))
      if (value !== '') await page.fill(`#pofbs-${name}`, value);
    await page.getByRole('button', { name: 'Check' }).click();
    await answered();
    expect(await page.locator('img').count()).toBe(0);
    expect(complaints).toEqual([]);
    return said();
  });

  it('takes a proof as a file, and by keyboard alone', async () => {
    writeFileSync(path, large);
    const file = join(directory, 'proof.json');
    writeFileSync(file, proofText);
    await page.goto(pathToFileURL(path).href);
    await page.setInputFiles('#pofbs-file', file);
    await answered();
    expect((await said()).answer).toContain('Found. ');

    writeFileSync(path, small);
    await page.goto(pathToFileURL(path).href);
    await page.getByLabel('Your id, or the proof').focus();
    await page.keyboard.insertText(ALICE);
    await page.getByLabel('The code (GPMP)').focus();
    await page.keyboard.insertText(manifest.gpmp);
    await page.keyboard.press('Enter');
    await answered();
    expect((await said()).answer).toContain('Proved.');
    expect(await page.evaluate('document.activeElement.id')).toBe('pofbs-answer');
    expect(complaints).toEqual([]);
  });

  it('cuts nothing off on a small screen, in light and dark', async () => {
    for (const html of [small, large, single, refused])
      for (const [colorScheme, width] of [
        ['light', 390],
        ['dark', 360],
      ] as const) {
        writeFileSync(path, html);
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize({ width, height: 800 });
        await page.goto(pathToFileURL(path).href);
        await page.fill('#pofbs-subject', html === small ? ALICE : proofText);
        await page.getByRole('button', { name: 'Check' }).click();
        await answered();
        await page.getByText('Show the calculation').last().click();
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
        const hidden = await page.evaluate(
          "[...document.querySelectorAll('main *')].filter((one) => one.scrollWidth > one.clientWidth + 1 && getComputedStyle(one).overflowX !== 'visible' && !/hidden/.test(one.className) && !/INPUT|TEXTAREA/.test(one.tagName)).map((one) => one.outerHTML.slice(0, 80))",
        );
        expect(hidden).toEqual([]);
        expect((await said()).all).toContain('owed to all');
      }
  });

  it('copies the code', async () => {
    writeFileSync(path, small);
    await page.goto(pathToFileURL(path).href);
    await page.getByRole('button', { name: 'Copy the code' }).click();
    await page.getByText(/^Copied$/).waitFor();
    await page.getByLabel('Your id, or the proof').focus();
    await page.keyboard.press('Control+V');
    expect(await page.inputValue('#pofbs-subject')).toBe(manifest.gpmp);
  });

  it('stays alive while it reads 20,000 lines', async () => {
    const users = Array.from({ length: 20_000 }, (_, at) => `user ${at}`);
    const many = Object.fromEntries(users.map((name, at) => [name, [BigInt(at + 1), 0n, 0n] as const]));
    await buildEpoch(join(directory, 'many'), { DOT: many });
    const ids = users.map(idText).sort();
    writeFileSync(path, await pageOf(join(directory, 'many')));
    await page.goto(pathToFileURL(path).href);
    // Pressed before the page has read everything: the answer waits.
    await page.fill('#pofbs-subject', ids[12_345]!);
    await page.getByRole('button', { name: 'Check' }).click();
    await answered();
    expect((await said()).answer).toContain('Your line is in the DOT list (line 12,346 of 20,000).');
    expect(complaints).toEqual([]);
  });
});
