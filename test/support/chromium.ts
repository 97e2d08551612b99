/** A real browser for tests, if there is one on the machine: CHROMIUM names it, or it is where systems put it. */

import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/snap/bin/chromium',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** The browser's program, or undefined. One that CHROMIUM names must be there: its tests are then wanted. */
export const chromiumPath: string | undefined =
  process.env.CHROMIUM !== undefined && process.env.CHROMIUM !== ''
    ? process.env.CHROMIUM
    : PLACES.find((place) => existsSync(place));

/** Why tests in a browser are skipped, for their title; empty if they are not. */
export const browserMissing =
  chromiumPath === undefined ? ' (skipped: no Chromium on this machine; CHROMIUM can name one)' : '';

export function launchChromium(): Promise<Browser> {
  if (chromiumPath === undefined) throw new Error('There is no Chromium on this machine.');
  return chromium.launch({
    executablePath: chromiumPath,
    // What systems install is often a script, which needs more tools than a test's PATH may have.
    env: { ...process.env, PATH: `${process.env.PATH}:/usr/bin:/bin` },
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
