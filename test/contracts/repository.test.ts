/** What holds for every file of the repository. */

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT, sourceFiles, textOf, withoutComments } from './imports.js';

/** A file is readable in one sitting, the work of a command on one screen. */
const MOST_LINES = 450;
const MOST_LINES_OF_A_COMMAND = 40;

const sources = sourceFiles('src', 'devnet');

/** Files of the repository: those that git knows, and new ones that it does not ignore. */
const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: ROOT,
  encoding: 'utf8',
})
  .split('\n')
  .filter((path) => path !== '' && existsSync(join(ROOT, path)) && statSync(join(ROOT, path)).isFile());

const texts = tracked.filter((path) => !/\.(br|png|zst|wasm)$/.test(path));
const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

describe('sources', () => {
  it(`have at most ${MOST_LINES} lines`, () => {
    const long = sourceFiles('src').filter((file) => textOf(file).split('\n').length > MOST_LINES);
    expect(long).toEqual([]);
  });
  it(`do a command's work in at most ${MOST_LINES_OF_A_COMMAND} lines`, () => {
    const found = sources.flatMap((file) =>
      [...textOf(file).matchAll(/^ {2}(?:protected |override )*async (?:report|run)\([\s\S]*?^ {2}}$/gm)].map(
        ([body]) => ({ file, lines: body!.split('\n').length }),
      ),
    );
    expect(found.length).toBeGreaterThan(20);
    expect(found.filter(({ lines }) => lines > MOST_LINES_OF_A_COMMAND)).toEqual([]);
  });
  it('write to no stream behind the back of the command line', () => {
    const talkative = sourceFiles('src').filter((file) => /\bconsole\./.test(withoutComments(textOf(file))));
    expect(talkative).toEqual([]);
    const direct = sourceFiles('src/lib', 'src/config', 'src/render', 'src/commands').filter((file) =>
      /process\.(stdout|stderr)\.write/.test(withoutComments(textOf(file))),
    );
    expect(direct).toEqual([]);
  });
});

describe('files', () => {
  it('are known', () => {
    expect(texts.length).toBeGreaterThan(150);
  });
  it('hold no path of this machine', () => {
    const paths = [ROOT, `${homedir()}/`].filter((path) => path.length > 2);
    const found = texts.filter((file) => paths.some((path) => read(file).includes(path)));
    expect(found).toEqual([]);
  });
  it('name no package registry', () => {
    const pattern = new RegExp(`registry\\.(npmjs|yarnpkg)\\.(org|com)|${'art'}ifactory|"resolved":`);
    expect(texts.filter((path) => path !== 'LICENSE' && pattern.test(read(path))).filter(notMe)).toEqual([]);
  });
  it('pin every package to one version', () => {
    const { dependencies, devDependencies } = JSON.parse(read('package.json'));
    for (const [name, version] of Object.entries({ ...dependencies, ...devDependencies })) {
      expect([name, version]).toEqual([name, expect.stringMatching(/^\d+\.\d+\.\d+$/)]);
    }
  });
  it('use every package that they depend on', () => {
    const { dependencies, devDependencies } = JSON.parse(read('package.json'));
    const code = texts
      .filter((path) => /\.(ts|mjs|js|json)$/.test(path) && !path.startsWith('package'))
      .map(read)
      .join('\n');
    // Tools that a script of package.json starts, and types that the compiler finds by itself.
    const tools = ['@biomejs/biome', 'typescript', 'vitest'];
    const unused = Object.keys({ ...dependencies, ...devDependencies }).filter(
      (name) =>
        !name.startsWith('@types/') && !tools.includes(name) && !new RegExp(`['"\`]${name}['"/]`).test(code),
    );
    expect(unused).toEqual([]);
  });
});

describe('links in the documents', () => {
  const documents = tracked.filter((path) => path.endsWith('.md') && !path.startsWith('devnet/runtime/'));
  it.each(documents)('%s: the files that it names exist', (document) => {
    const links = [...read(document).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link]) => link!);
    const missing = links.filter((link) => {
      const [path = ''] = link.split('#');
      return path !== '' && !/^[a-z]+:/.test(path) && !existsSync(join(ROOT, dirname(document), path));
    });
    expect(missing).toEqual([]);
  });
  it('the scripts that they tell to run exist', () => {
    const { scripts } = JSON.parse(read('package.json'));
    const named = documents.flatMap((path) =>
      [...read(path).matchAll(/npm run ([\w:]+)/g)].map(([, name]) => name!),
    );
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });
});

function notMe(path: string): boolean {
  return path !== 'test/contracts/repository.test.ts';
}
