/** The page in a real browser: what jsdom cannot tell. Skipped where there is none. */

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { listValidators } from '../../src/lib/validators/list.js';
import { rank } from '../../src/lib/validators/ranking.js';
import { validatorListView } from '../../src/lib/validators/view.js';
import type { View } from '../../src/lib/view.js';
import { type PageApp, renderHtml } from '../../src/render/html/index.js';
import { factsOf, METHOD, operator, validator } from '../lib/validators/support.js';
import { browserMissing, launchChromium } from '../support/chromium.js';
import { META, SAMPLE } from './sample.js';

const APP: PageApp = {
  title: 'Check your inclusion',
  html: '<p><label>Your id <input id="your-id"></label> <button type="button" id="check">Check</button> <output id="answer"></output></p>',
  script: `document.getElementById('check').addEventListener('click', () => {
    const { ids } = JSON.parse(document.getElementById('app-data').textContent);
    document.getElementById('answer').textContent = ids.includes(document.getElementById('your-id').value) ? 'TRUE' : 'FALSE';
  });`,
  data: { ids: ['</script><script>document.title = "hacked"</script>'] },
};

describe.skipIf(browserMissing !== '')(`in a browser${browserMissing}`, () => {
  const directory = mkdtempSync(join(tmpdir(), 'bursar-browser-'));
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(async () => {
    await browser?.close();
    rmSync(directory, { recursive: true });
  });

  /** Opens a view as a file, and notes whatever it asks for or complains of. */
  async function show(view: View, options: BrowserContextOptions = {}, app?: PageApp) {
    const path = join(directory, 'page.html');
    writeFileSync(path, renderHtml(view, META, app));
    const url = pathToFileURL(path).href;
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
      if (request.url() !== url && request.url() !== 'data:,') complaints.push(`request: ${request.url()}`);
    });
    await page.goto(url);
    return { page, complaints, close: () => context.close() };
  }

  const names = (page: Page, count = 3): Promise<string[]> =>
    page.evaluate(
      `[...document.querySelectorAll('tbody')[0].rows].filter((row) => !row.hidden).slice(0, ${count}).map((row) => row.cells[0].textContent)`,
    );

  test('a list of validators is seen as a whole on a laptop; on a telephone only its table is pushed', async () => {
    const address = (at: number) => `5GNJqTPyNqANBkUVMN1LPPrxXnFouWXoe2wNSmmEoLct${'abcdefgh'[at]}Zyx`;
    const facts = factsOf(
      Array.from({ length: 8 }, (_, at) =>
        validator(address(at), {
          nomination: 1_234_567 + at,
          points: Array.from({ length: 84 }, () => 1200),
          offences: at === 3 ? [{ era: 101, kind: 'slashed', fraction: 50_000_000 }] : [],
          operator: operator('one', { name: 'Dogwood Validators/east', judgement: 'unjudged' }),
        }),
      ),
    );
    const wish = { only: null, filters: [], sort: 'total', reverse: false };
    const view = validatorListView(listValidators(facts, rank(facts, METHOD), wish));
    const { page, close } = await show(view);
    const size = (what: string) =>
      page.evaluate<[number, number]>(
        `(({ scrollWidth, clientWidth }) => [scrollWidth, clientWidth])(document.querySelector('${what}'))`,
      );
    const [all, seen] = await size('.scroll');
    expect(all).toBeLessThanOrEqual(seen);
    await page.setViewportSize({ width: 360, height: 740 });
    const [wide, narrow] = await size('.scroll');
    expect(wide).toBeGreaterThan(narrow);
    expect((await size('html'))[0]).toBeLessThanOrEqual(360);
    await close();
  });

  test('a table is sorted with the mouse and with the keyboard, and filtered; nothing is loaded', async () => {
    const { page, complaints, close } = await show(SAMPLE);
    expect(await names(page)).toEqual(['validator 0', 'validator 1', 'validator 2']);
    const stake = page.getByRole('button', { name: 'stake' });
    await stake.click();
    expect(await names(page)).toEqual(['validator 0', 'validator 37', 'validator 12']);
    expect(await page.getByRole('columnheader', { name: 'stake' }).getAttribute('aria-sort')).toBe(
      'ascending',
    );

    // From the filter box on: the region of the table, its first button, its second…
    await page.getByRole('searchbox', { name: 'Filter' }).focus();
    for (let step = 0; step < 4; step += 1) await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('commission');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Space');
    expect(await names(page, 1)).toEqual(['validator 30']);
    expect(await page.locator('p[role=status]').textContent()).toBe('Sorted by commission, descending');
    const outline = await page.evaluate('getComputedStyle(document.activeElement).outlineStyle');
    expect(outline).toBe('solid');

    await page.getByRole('searchbox', { name: 'Filter' }).fill('blocked');
    expect(await names(page, 99)).toHaveLength(10);
    expect(await page.locator('tfoot').first().isVisible()).toBe(true);
    expect(complaints).toEqual([]);
    await close();
  });

  test('the header of a long table stays in sight', async () => {
    const { page, close } = await show(SAMPLE);
    await page.evaluate("document.querySelector('.scroll').scrollTop = 400");
    const top = (selector: string) =>
      page.evaluate(`document.querySelector('${selector}').getBoundingClientRect().top`);
    expect(Math.abs(Number(await top('thead th')) - Number(await top('.scroll')))).toBeLessThan(3);
    await close();
  });

  test('the policy holds: a script or a style that is not the page’s own does nothing', async () => {
    const { page, complaints, close } = await show(SAMPLE);
    await page.evaluate(`(() => {
      const script = document.createElement('script');
      try { script.textContent = 'document.title = "hacked"'; } catch {}
      document.body.append(script);
      document.body.setAttribute('style', 'display: none');
      new Image().src = 'http://127.0.0.1:9/x.png';
      try { document.body.innerHTML = '<p>hacked'; } catch {}
      return fetch('http://127.0.0.1:9/').catch(() => {});
    })()`);
    expect(await page.title()).toBe('Validators, Polkadot Asset Hub, block 22123456');
    expect(await page.locator('h1').isVisible()).toBe(true);
    expect(complaints.length).toBeGreaterThanOrEqual(4);
    await close();
  });

  test('hostile text is text', async () => {
    const hostile = '<img src=x onerror="document.title=1"><script>document.title=1</script>"\'>\u202e';
    const view: View = {
      title: hostile,
      blocks: [
        { kind: 'table', columns: [{ header: hostile }], rows: Array.from({ length: 20 }, () => [hostile]) },
        {
          kind: 'chart',
          title: hostile,
          series: [{ name: hostile, points: [1, 2] }],
          labels: [hostile, hostile],
        },
        { kind: 'code', text: hostile },
      ],
    };
    const { page, complaints, close } = await show(view);
    await page.locator('th button').first().click();
    expect(await page.title()).toContain('<img src=x');
    expect(await page.locator('h1').textContent()).toContain('\\u{202e}');
    expect(await page.locator('img').count()).toBe(0);
    expect(complaints).toEqual([]);
    await close();
  });

  test('a part of its own works on its data', async () => {
    const { page, complaints, close } = await show(SAMPLE, {}, APP);
    await page.getByLabel('Your id').fill((APP.data as { ids: string[] }).ids[0]!);
    await page.getByRole('button', { name: 'Check' }).click();
    expect(await page.locator('#answer').textContent()).toBe('TRUE');
    await page.getByLabel('Your id').fill('nobody');
    await page.getByRole('button', { name: 'Check' }).click();
    expect(await page.locator('#answer').textContent()).toBe('FALSE');
    expect(await page.title()).not.toBe('hacked');
    expect(complaints).toEqual([]);
    await close();
  });

  test('it is dark for who wants it dark', async () => {
    const grounds: string[] = [];
    for (const colorScheme of ['light', 'dark'] as const) {
      const { page, complaints, close } = await show(SAMPLE, { colorScheme });
      grounds.push(await page.evaluate('getComputedStyle(document.body).backgroundColor'));
      // What is drawn, not only what is said: another picture, and not a blank one.
      expect(complaints).toEqual([]);
      await close();
    }
    expect(grounds).toEqual(['rgb(255, 255, 255)', 'rgb(20, 23, 28)']);
  });

  test('good, warn and bad have a sign in front of them in cells', async () => {
    const { page, close } = await show(SAMPLE);
    const signs = await page.evaluate(
      "['good', 'warn', 'bad'].map((tone) => getComputedStyle(document.querySelector('td.' + tone), '::before').content)",
    );
    expect(String(signs)).toMatch(/✓.*!.*✗/s);
    await close();
  });

  test('without scripts everything is there to be read', async () => {
    const { page, complaints, close } = await show(SAMPLE, { javaScriptEnabled: false });
    expect(await page.locator('tbody').first().locator('tr').count()).toBe(40);
    expect(await page.locator('button, input').count()).toBe(0);
    expect(complaints).toEqual([]);
    await close();
  });

  test('on a telephone nothing but tables and charts has to be moved sideways', async () => {
    const { page, close } = await show(SAMPLE, { viewport: { width: 360, height: 740 } });
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
    await close();
  });

  test('in print everything is open and nothing is to be pressed', async () => {
    const { page, close } = await show(SAMPLE, { javaScriptEnabled: false, colorScheme: 'dark' });
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('.data tbody tr').first().isVisible()).toBe(true);
    expect(await page.locator('.skip').isVisible()).toBe(false);
    expect((await page.pdf()).length).toBeGreaterThan(20_000);
    await close();
  });

  test('the first key leads past the header to the content', async () => {
    const { page, close } = await show(SAMPLE);
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.className')).toBe('skip');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('content');
    await close();
  });
});
