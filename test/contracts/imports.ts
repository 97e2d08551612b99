/** The import graph of the sources, read with a few regular expressions: enough for code that a formatter has laid out. */

import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface Import {
  /** The importing file, from the repository's root. */
  readonly from: string;
  /** A file of the repository, or a package's name as it is written (`node:fs`, `@polkadot/util-crypto`, `#polkadot`). */
  readonly to: string;
  readonly kind: 'value' | 'type' | 'dynamic';
}

export function sourceFiles(...directories: readonly string[]): string[] {
  return directories
    .flatMap((directory) =>
      readdirSync(join(ROOT, directory), { recursive: true, encoding: 'utf8' }).map(
        (name) => `${directory}/${name.replaceAll('\\', '/')}`,
      ),
    )
    .filter((path) => path.endsWith('.ts') && !path.startsWith('devnet/runtime/'))
    .sort();
}

export const textOf = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** Comments hold examples; what they import is not imported. Strings that look like comments do not occur at line starts. */
export const withoutComments = (text: string): string =>
  text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');

export function importsOf(from: string, text = textOf(from)): Import[] {
  const code = withoutComments(text);
  const found: Import[] = [];
  const add = (specifier: string, kind: Import['kind']) =>
    found.push({ from, to: target(from, specifier), kind });
  for (const [, clause = '', specifier] of code.matchAll(
    /^(?:import|export)\s+(?:([^'";]*?)\s+from\s+)?'([^']+)'/gm,
  )) {
    add(specifier!, isTypeOnly(clause) ? 'type' : 'value');
  }
  for (const [, before, specifier] of code.matchAll(/(typeof\s+|:\s*|<|\|\s*)?\bimport\('([^']+)'\)/g)) {
    add(specifier!, before === undefined ? 'dynamic' : 'type');
  }
  return found;
}

function isTypeOnly(clause: string): boolean {
  if (clause.startsWith('type ')) return true;
  const named = /^\{([\s\S]*)\}$/.exec(clause.trim());
  if (named === null) return false;
  const names = named[1]!
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  return names.length > 0 && names.every((name) => name.startsWith('type '));
}

function target(from: string, specifier: string): string {
  if (!specifier.startsWith('.')) return specifier;
  return posix.join(dirname(from), specifier).replace(/\.js$/, '.ts');
}

/** A way from a file back to itself, for every circle that there is; a dynamic import is no less a dependency. */
export function circles(imports: readonly Import[]): string[][] {
  const next = new Map<string, string[]>();
  for (const { from, to } of imports) next.set(from, [...(next.get(from) ?? []), to]);
  const done = new Set<string>();
  const found: string[][] = [];
  const visit = (file: string, path: readonly string[]) => {
    const at = path.indexOf(file);
    if (at !== -1) {
      found.push([...path.slice(at), file]);
      return;
    }
    if (done.has(file)) return;
    for (const to of next.get(file) ?? []) visit(to, [...path, file]);
    done.add(file);
  };
  for (const file of next.keys()) visit(file, []);
  return found;
}
