/** `keys new` and `keys import` with a person at a terminal, which script(1) of util-linux plays. */

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Keyring } from '@polkadot/keyring';
import { cryptoWaitReady } from '@polkadot/util-crypto';
import { describe, expect, it } from 'vitest';
import { MNEMONIC, PASSPHRASE } from '../../lib/keys/support.js';
import { type Answer, runAtTerminal, terminals } from '../../support/terminal.js';
import { Home } from './process.js';

const ESCAPE = String.fromCharCode(27);

const atTerminal = (home: Home, args: string, answers: readonly Answer[], term = 'xterm') =>
  runAtTerminal(args, answers, { HOME: home.own, BURSAR_CONFIG_DIR: home.own, TERM: term });

const passphrases = [
  ['New passphrase', `${PASSPHRASE}\r`],
  ['again', `${PASSPHRASE}\r`],
] as const;
const wordsOn = (screen: string) =>
  [...screen.matchAll(/^ *(?:\d+ [a-z]+ *){4}\r?$/gm)].join(' ').match(/[a-z]+/g);

describe.skipIf(!terminals)('at a terminal', () => {
  it('shows the words on the second page of the screen, once, and never the passphrase', async () => {
    const home = new Home();
    const { code, screen } = await atTerminal(home, 'keys new operator', [
      ...passphrases,
      ['written down', 'y\r'],
    ]);
    expect(code, screen).toBe(0);
    const words = wordsOn(screen)!;
    expect(words).toHaveLength(12);
    const enter = screen.indexOf(`${ESCAPE}[?1049h`);
    const leave = screen.indexOf(`${ESCAPE}[?1049l`);
    expect(enter).toBeGreaterThan(0);
    for (const word of [words.slice(0, 2), words.slice(-2)].map(([word]) => word!)) {
      expect(screen.slice(enter, leave)).toContain(word);
    }
    expect(wordsOn(screen.slice(0, enter) + screen.slice(leave))).toBeNull();
    expect(screen).not.toContain(PASSPHRASE);
    await cryptoWaitReady();
    const key = new Keyring().addFromJson(JSON.parse(readFileSync(join(home.keys, 'operator.json'), 'utf8')));
    expect(key.address).toBe(new Keyring({ type: 'sr25519' }).addFromUri(words.join(' ')).address);
  });

  it.each([
    ['n\r', 4],
    [String.fromCharCode(3), 130],
    // Ctrl-D: no.
    [String.fromCharCode(4), 4],
  ])('makes no key when the words were not written down (%j)', async (answer, expected) => {
    const home = new Home();
    const { code, screen } = await atTerminal(home, 'keys new operator', [
      ...passphrases,
      ['written down', answer],
    ]);
    expect(code, screen).toBe(expected);
    expect(screen.indexOf(`${ESCAPE}[?1049l`)).toBeGreaterThan(screen.indexOf(`${ESCAPE}[?1049h`));
    expect(existsSync(join(home.keys, 'operator.json'))).toBe(false);
  });

  it('takes Ctrl-D in place of a passphrase for an interruption', async () => {
    const home = new Home();
    const args = 'keys new operator --mnemonic-file words';
    const { code, screen } = await atTerminal(home, args, [['New passphrase', String.fromCharCode(4)]]);
    expect(code, screen).toBe(130);
    expect(existsSync(join(home.own, 'words'))).toBe(false);
  });

  it('asks for the key that is to be imported without showing it', async () => {
    const home = new Home();
    const { code, screen } = await atTerminal(home, 'keys import mine', [
      ['Mnemonic', `${MNEMONIC}\r`],
      ...passphrases,
    ]);
    expect(code, screen).toBe(0);
    expect(screen).not.toContain('legal');
    expect(existsSync(join(home.keys, 'mine.json'))).toBe(true);
  });

  it.each(['--json', '--no-input'])('asks nothing with %s', async (flag) => {
    const home = new Home();
    for (const command of ['keys new operator', 'keys import operator']) {
      const { code, screen } = await atTerminal(home, `${command} ${flag}`, []);
      expect([code, screen.includes('?')]).toEqual([2, false]);
    }
  });
});
