/** Directories of epochs: which manifests are in them, and which of them can be read. */

import { type Dirent, existsSync, statSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { BursarError, EXIT, usageError } from '../../errors.js';
import { parseJson } from '../../json.js';
import { quoteReadable } from '../../numeric/text.js';
import { ARTIFACTS, isWebPage } from '../artifact.js';
import { parseManifest } from '../manifest.js';
import type { Manifest } from '../types.js';
import { MAX_MANIFEST_BYTES, readSmallFile } from './small.js';

export const MANIFEST = 'manifest.json';

/** What was found in a directory: a manifest, or why it is refused. */
export type FoundEpoch = {
  /** Name within the directory. */
  readonly source: string;
  /** Directory in which its snapshot files are. */
  readonly directory: string;
} & ({ readonly manifest: Manifest } | { readonly refused: string });

export interface FoundEpochs {
  readonly epochs: readonly FoundEpoch[];
  /** Subdirectories without a manifest, and JSON files that are none. */
  readonly skipped: readonly string[];
}

/**
 * Every manifest.json in a subdirectory of a directory, and every .json file in the directory itself that is not plainly
 * something else, ascending by name.
 * @throws usage INPUT_MISSING, INPUT_KIND, INPUT_UNREADABLE, NO_EPOCHS; a manifest that breaks a rule is refused instead
 */
export async function findEpochs(directory: string): Promise<FoundEpochs> {
  const entries = await entriesOf(directory);
  const epochs: FoundEpoch[] = [];
  const skipped: string[] = [];
  for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(directory, entry.name);
    if (isDirectory(entry, path)) {
      if (existsSync(join(path, MANIFEST)))
        epochs.push(await epochAt(entry.name, join(path, MANIFEST), path));
      else skipped.push(entry.name);
    } else if (entry.name === MANIFEST || (isJson(entry.name) && !(await isOther(path))))
      epochs.push(await epochAt(entry.name, path, directory));
    else if (isJson(entry.name)) skipped.push(entry.name);
  }
  if (epochs.length === 0)
    throw usageError('NO_EPOCHS', `There is no manifest in ${quoteReadable(directory, 200)}.`, {
      hint: 'Name a directory whose subdirectories have a manifest.json each, or that holds manifests itself.',
    });
  return { epochs, skipped };
}

/** @throws usage INPUT_…, INPUT_KIND for a web page; verification R_MANIFEST */
export async function readManifest(path: string): Promise<Manifest> {
  const bytes = await readSmallFile(path, { what: 'manifest', maxBytes: MAX_MANIFEST_BYTES });
  if (isWebPage(bytes))
    throw usageError('INPUT_KIND', `${quoteReadable(path, 200)} is a web page, not a manifest.`, {
      hint: ARTIFACTS['web page'].hint,
    });
  return parseManifest(bytes);
}

/** A manifest's path; of a directory, that of the manifest in it. */
export const manifestPath = (path: string): string =>
  existsSync(path) && statSync(path).isDirectory() ? join(path, MANIFEST) : path;

async function epochAt(source: string, path: string, directory: string): Promise<FoundEpoch> {
  try {
    return { source, directory, manifest: await readManifest(path) };
  } catch (error) {
    const damaged =
      error instanceof BursarError && (error.exit === EXIT.verificationFalse || error.code === 'INPUT_KIND');
    // Of several epochs one that was not copied well does not keep the others from being judged.
    if (damaged) return { source, directory, refused: error.message };
    throw error;
  }
}

/** Whether a file is JSON of another format than a manifest’s. What is no JSON may be a manifest that was cut off. */
export async function isOther(path: string): Promise<boolean> {
  const bytes = await readSmallFile(path, { what: 'manifest', maxBytes: MAX_MANIFEST_BYTES });
  try {
    const value = parseJson(new TextDecoder().decode(bytes));
    const format: unknown = value !== null && typeof value === 'object' && 'format' in value && value.format;
    return typeof format !== 'string' || !format.startsWith('pofbs.manifest/');
  } catch {
    return false;
  }
}

/** Some systems write names in capitals. */
const isJson = (name: string): boolean => /\.json$/i.test(name);

async function entriesOf(directory: string): Promise<Dirent[]> {
  try {
    return await readdir(directory, { withFileTypes: true });
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    const shown = quoteReadable(directory, 200);
    if (code === 'ENOENT')
      throw usageError('INPUT_MISSING', `There is no directory ${shown}.`, {
        hint: 'Check the path.',
        cause,
      });
    if (code === 'ENOTDIR')
      throw usageError('INPUT_KIND', `${shown} is a file, not a directory of epochs.`, {
        hint: 'Name the directory in which the epochs are.',
        cause,
      });
    throw usageError('INPUT_UNREADABLE', `The directory ${shown} cannot be read (${code}).`, {
      hint: 'Check who may read it.',
      cause,
    });
  }
}

/** A link counts as what it leads to; one that leads nowhere is told when it is read. */
const isDirectory = (entry: Dirent, path: string): boolean =>
  entry.isDirectory() || (entry.isSymbolicLink() && existsSync(path) && statSync(path).isDirectory());
