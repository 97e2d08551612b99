/** The arrows of the layout (docs/architecture.md): who may import whom. */

import { describe, expect, it } from 'vitest';
import { circles, type Import, importsOf, sourceFiles } from './imports.js';

const files = sourceFiles('src', 'devnet');
const imports = files.flatMap((file) => importsOf(file));

/** Rooms of the library that all domains stand on; every other directory below src/lib is a domain. */
const FOUNDATION = new Set(['numeric', 'chain', 'tx', 'keys', 'eras', 'pallets', 'host']);

/** The room of a file: `lib/tx`, `lib` (errors, plain, view), `cli`, `commands`, `devnet`… */
function roomOf(path: string): string {
  if (path.startsWith('devnet/')) return 'devnet';
  const [, first = '', second = '', third] = path.split('/');
  if (first !== 'lib') return first;
  if (path === 'src/lib/index.ts') return 'lib/index';
  return third === undefined ? 'lib' : `lib/${second}`;
}

const isDomain = (room: string): boolean =>
  room.startsWith('lib/') && room !== 'lib/index' && !FOUNDATION.has(room.slice(4));

const BELOW_DOMAINS = ['lib', 'lib/numeric', 'lib/chain', 'lib/pallets', 'lib/tx', 'lib/keys', 'lib/eras'];

/** Which rooms a room may import from, besides itself. */
function mayImport(room: string): (to: string) => boolean {
  const only =
    (...rooms: readonly string[]) =>
    (to: string) =>
      rooms.includes(to);
  const library = (to: string) => to === 'lib' || to.startsWith('lib/');
  if (isDomain(room)) return only(...BELOW_DOMAINS);
  switch (room) {
    case 'lib':
      return only();
    case 'lib/numeric':
      return only('lib');
    case 'lib/chain':
    case 'lib/keys':
      return only('lib', 'lib/numeric');
    // Runs any chain's code: it knows nothing of bursar.
    case 'lib/host':
      return only();
    case 'lib/pallets':
    case 'lib/eras':
      return only('lib', 'lib/numeric', 'lib/chain');
    case 'lib/tx':
      return only('lib', 'lib/numeric', 'lib/chain', 'lib/keys');
    case 'lib/index':
      return library;
    case 'config':
      return only('lib', 'lib/numeric', 'lib/keys');
    case 'render':
      return only('lib');
    case 'cli':
      return (to) => library(to) || ['config', 'render', 'devnet'].includes(to);
    case 'commands':
      return (to) => library(to) || ['cli', 'config', 'render', 'devnet'].includes(to);
    // A page's script runs in a browser: of the library it knows the forms of data, and how foreign text is shown.
    case 'page':
      return only('lib/pofbs', 'lib');
    case 'program.ts':
      return only('cli', 'commands');
    case 'devnet':
      return library;
    default:
      return only();
  }
}

const internal = imports.filter(({ to }) => to.startsWith('src/') || to.startsWith('devnet/'));
const packages = imports.filter(({ to }) => !internal.some((inner) => inner.to === to));
const say = ({ from, to, kind }: Import) => `${from} imports ${to} (${kind})`;
const where = (found: readonly Import[], pattern: RegExp) => found.filter(({ to }) => pattern.test(to));

describe('the import graph', () => {
  it('is read from the sources', () => {
    expect(files.length).toBeGreaterThan(100);
    const example = `import a, { b } from './b.js';
import type { C } from './c.js';
import { type D, type E } from './d.js';
import {
  f,
  type G,
} from '../f.js';
import './h.js';
export * from 'package';
const late = await import('#polkadot');
type P = typeof import('./p.js');
let q: import('./q.js').Q;
/** import { no } from './no.js'; */
// import('./no.js')
`;
    expect(importsOf('src/x/a.ts', example)).toEqual([
      { from: 'src/x/a.ts', to: 'src/x/b.ts', kind: 'value' },
      { from: 'src/x/a.ts', to: 'src/x/c.ts', kind: 'type' },
      { from: 'src/x/a.ts', to: 'src/x/d.ts', kind: 'type' },
      { from: 'src/x/a.ts', to: 'src/f.ts', kind: 'value' },
      { from: 'src/x/a.ts', to: 'src/x/h.ts', kind: 'value' },
      { from: 'src/x/a.ts', to: 'package', kind: 'value' },
      { from: 'src/x/a.ts', to: '#polkadot', kind: 'dynamic' },
      { from: 'src/x/a.ts', to: 'src/x/p.ts', kind: 'type' },
      { from: 'src/x/a.ts', to: 'src/x/q.ts', kind: 'type' },
    ]);
    const circle = (from: string, to: string): Import => ({ from, to, kind: 'value' });
    expect(circles([circle('a', 'b'), circle('b', 'c'), circle('c', 'b')])).toEqual([['b', 'c', 'b']]);
    expect(circles([circle('a', 'b'), circle('a', 'c'), circle('b', 'c')])).toEqual([]);
  });

  it('points one way: commands → cli → config, render, library; domains → tx, keys, chain → numeric', () => {
    const wrong = internal.filter(({ from, to }) => {
      const [room, other] = [roomOf(from), roomOf(to)];
      return room !== other && !mayImport(room)(other);
    });
    // The two contracts of the send path are types that the chain's facade speaks in too.
    const contracts = /^src\/lib\/tx\/(plan|outcome)\.ts$/;
    const left = wrong.filter(
      ({ from, to, kind }) => !(roomOf(from) === 'lib/chain' && kind === 'type' && contracts.test(to)),
    );
    expect(left.map(say)).toEqual([]);
  });

  it('takes nothing that runs from the library into a page but how text is shown', () => {
    const taken = internal.filter(
      ({ from, to, kind }) => roomOf(from) === 'page' && roomOf(to) !== 'page' && kind !== 'type',
    );
    // It imports nothing itself, and a second way of escaping would fall behind.
    expect([...new Set(taken.map(({ to }) => to))]).toEqual(['src/lib/shown.ts']);
    expect(importsOf('src/lib/shown.ts')).toEqual([]);
  });

  it('has no circle, not even of types', () => {
    expect(circles(internal)).toEqual([]);
  });

  it('reaches the development chain only from the devnet commands, and only when it is needed', () => {
    const users = internal.filter(({ from, to }) => roomOf(from) !== 'devnet' && roomOf(to) === 'devnet');
    expect(users.filter(({ kind }) => kind === 'value').map(say)).toEqual([]);
    const allowed = /^src\/(cli\/(devnet|results)|commands\/devnet\/\w+)\.ts$/;
    expect(users.filter(({ from }) => !allowed.test(from)).map(say)).toEqual([]);
  });
});

describe('packages', () => {
  const outside = (pattern: RegExp) => packages.filter(({ from }) => !pattern.test(from));

  it('the library knows no command line and no screen', () => {
    const library = packages.filter(({ from }) => from.startsWith('src/lib/'));
    expect(where(library, /^(@oclif|@inquirer|inquirer|chalk|cli-table3|valibot)/).map(say)).toEqual([]);
  });
  it('polkadot code comes in one bundle, which is loaded when a chain or a key is needed', () => {
    const values = packages.filter(({ from, kind }) => kind !== 'type' && from.startsWith('src/'));
    const direct = where(values, /^@polkadot\//);
    expect(direct.length).toBeGreaterThan(0);
    expect(direct.filter(({ from }) => from !== 'src/lib/chain/polkadot.ts').map(say)).toEqual([]);
    expect(
      where(packages, /^#polkadot$/)
        .filter(({ kind }) => kind === 'value')
        .map(say),
    ).toEqual([]);
    expect(
      where(internal, /^src\/lib\/chain\/polkadot\.ts$/)
        .filter(({ kind }) => kind !== 'type')
        .map(say),
    ).toEqual([]);
  });
  it('colour, tables, prompts and the command framework have one place each', () => {
    expect(where(outside(/^src\/render\/theme\.ts$/), /^chalk$/).map(say)).toEqual([]);
    expect(where(outside(/^src\/render\//), /^cli-table3$/).map(say)).toEqual([]);
    expect(where(outside(/^src\/cli\//), /^@inquirer\//).map(say)).toEqual([]);
    expect(where(outside(/^src\/(cli|commands)\//), /^@oclif\//).map(say)).toEqual([]);
    expect(where(outside(/^src\/config\//), /^valibot$/).map(say)).toEqual([]);
    // Another implementation of the host, for one test only.
    expect(where(packages, /^@acala-network\//).map(say)).toEqual([]);
  });
  it('what start-up pays for is imported by its narrowest name', () => {
    expect(where(packages, /^@oclif\/core$/).map(say)).toEqual([]);
    expect(
      where(packages, /^@inquirer\//)
        .filter(({ kind }) => kind !== 'dynamic')
        .map(say),
    ).toEqual([]);
  });
});
