/** Files that appear whole or not at all. */

import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openStaging, type Staging } from '../../../src/lib/pofbs/files/output.js';

let work: string;
let target: string;
beforeEach(() => {
  work = mkdtempSync(join(tmpdir(), 'bursar-output-'));
  target = join(work, 'a', 'b');
});
afterEach(() => rmSync(work, { recursive: true, force: true }));

const write = (staging: Staging, name: string, text: string) => {
  const file = staging.create(name, name === 'secret' ? 'private' : 'public');
  file.write(Buffer.from(text));
  file.finish();
};
const content = (name: string) => readFileSync(join(target, name), 'utf8');

describe('a staged directory', () => {
  it('shows nothing before it is published, and nothing but the files afterwards', () => {
    const listeners = process.listenerCount('exit');
    const staging = openStaging(target);
    write(staging, 'one', '1');
    write(staging, 'secret', '2');
    writeFileSync(join(staging.scratch, 'run'), 'x');
    expect(readdirSync(target)).toEqual([expect.stringMatching(/^\.bursar-/)]);
    expect(statSync(join(target, readdirSync(target)[0] as string)).mode & 0o777).toBe(0o700);
    staging.publish(['one', 'secret'], []);
    staging.discard();
    expect(readdirSync(target).sort()).toEqual(['one', 'secret']);
    expect([content('one'), content('secret')]).toEqual(['1', '2']);
    expect(statSync(join(target, 'secret')).mode & 0o777).toBe(0o600);
    expect(process.listenerCount('exit')).toBe(listeners);
  });

  it('takes the directories away that it made, when nothing comes of it', () => {
    const staging = openStaging(target);
    const unfinished = staging.create('one', 'public');
    unfinished.write(Buffer.from('half'));
    staging.discard();
    expect(existsSync(join(work, 'a'))).toBe(false);
    mkdirSync(target, { recursive: true });
    openStaging(target).discard();
    expect(readdirSync(target)).toEqual([]);
  });

  it('puts everything back when one file cannot be moved', () => {
    mkdirSync(target, { recursive: true });
    for (const name of ['one', 'two', 'old']) writeFileSync(join(target, name), `former ${name}`);
    const staging = openStaging(target);
    write(staging, 'one', 'new');
    expect(() => staging.publish(['one', 'two'], ['old'])).toThrow(
      expect.objectContaining({ exit: 2, code: 'OUTPUT_WRITE' }),
    );
    staging.discard();
    expect(readdirSync(target).sort()).toEqual(['old', 'one', 'two']);
    expect([content('one'), content('two'), content('old')]).toEqual([
      'former one',
      'former two',
      'former old',
    ]);
  });

  it('replaces files and takes stale ones away, but never a directory', () => {
    mkdirSync(join(target, 'two', 'deep'), { recursive: true });
    for (const name of ['one', 'old']) writeFileSync(join(target, name), 'former');
    const first = openStaging(target);
    write(first, 'one', 'new');
    write(first, 'two', 'new');
    expect(() => first.publish(['one', 'two'], ['old'])).toThrow(
      expect.objectContaining({ code: 'OUTPUT_KIND' }),
    );
    first.discard();
    expect(readdirSync(target).sort()).toEqual(['old', 'one', 'two']);
    const second = openStaging(target, work);
    write(second, 'one', 'new');
    second.publish(['one'], ['old', 'none']);
    second.discard();
    expect(readdirSync(target).sort()).toEqual(['one', 'two']);
    expect(content('one')).toBe('new');
    expect(readdirSync(work)).toEqual(['a']);
  });

  it('is not made where there is no place for it', () => {
    writeFileSync(join(work, 'a'), '');
    for (const path of [target, '/proc/none', '/dev/null/x'])
      expect(() => openStaging(path)).toThrow(expect.objectContaining({ exit: 2, code: 'OUTPUT_WRITE' }));
    expect(() => openStaging(join(work, 'c', 'd'), join(work, 'none'))).toThrow(
      expect.objectContaining({ code: 'OUTPUT_WRITE' }),
    );
    expect(readdirSync(work)).toEqual(['a']);
  });
});
