/** Runs vector files through the registry. Knows no screen: run.mjs prints, the test asserts. */

import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { mismatch, show } from './compare.js';
import { checksOf, runChecks } from './pofbs.js';
import { type Load, type Operation, registry } from './registry.js';

export interface Failure {
  readonly file: string;
  readonly name: string;
  readonly op: string;
  readonly reason: string;
}

export interface FileReport {
  readonly file: string;
  readonly passed: number;
  readonly failures: readonly Failure[];
}

interface Vector {
  readonly name: string;
  readonly op: string;
  readonly inputs: unknown;
  readonly expected: Readonly<Record<string, unknown>>;
  readonly tolerance: number;
}

/**
 * Every vector of every JSON file below `directory` that has `vectors[]`, and every file of the forms of pofbs.ts; other
 * JSON is not ours to judge, but a JSON file that cannot be read is a failure: it may have been one of vectors.
 */
export async function runDirectory(
  directory: string,
  load: Load,
  operations = registry,
): Promise<FileReport[]> {
  const reports: FileReport[] = [];
  const files = readdirSync(directory, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.json'),
  );
  for (const file of files.sort()) {
    const path = join(directory, file);
    if (!statSync(path).isFile()) continue;
    let content: unknown;
    try {
      content = JSON.parse(readFileSync(path, 'utf8'));
    } catch (error) {
      const reason = `not readable as JSON: ${(error as Error).message}`;
      reports.push({ file, passed: 0, failures: [{ file, name: '(file)', op: '-', reason }] });
      continue;
    }
    const vectors = (content as { vectors?: unknown } | null)?.vectors;
    const checks = checksOf(path, content, load);
    if (Array.isArray(vectors)) reports.push(await runVectors(file, vectors, load, operations));
    else if (checks !== null) reports.push(await runChecks(file, checks));
  }
  return reports;
}

export async function runVectors(
  file: string,
  vectors: readonly unknown[],
  load: Load,
  operations: Readonly<Record<string, Operation>> = registry,
): Promise<FileReport> {
  const failures: Failure[] = [];
  for (const [index, candidate] of vectors.entries()) {
    const vector = asVector(candidate);
    const reason = typeof vector === 'string' ? vector : await runVector(vector, load, operations);
    if (reason === null) continue;
    const { name, op } = (candidate ?? {}) as Partial<Vector>;
    failures.push({ file, name: name ?? `(vector ${index})`, op: op ?? '-', reason });
  }
  return { file, passed: vectors.length - failures.length, failures };
}

/** The vector, or what is wrong with its form: a vector that nobody can judge must not pass. */
function asVector(candidate: unknown): Vector | string {
  if (candidate === null || typeof candidate !== 'object') return 'not a vector: no object';
  const { name, op, inputs, expected, tolerance = 0 } = candidate as Partial<Vector>;
  if (typeof op !== 'string') return 'not a vector: no op';
  if (expected === null || typeof expected !== 'object' || Object.keys(expected).length === 0) {
    return 'not a vector: nothing is expected';
  }
  if (typeof tolerance !== 'number' || !(tolerance >= 0 && tolerance < Number.POSITIVE_INFINITY)) {
    return `not a vector: tolerance ${show(tolerance)}`;
  }
  return { name: String(name), op, inputs, expected, tolerance };
}

async function runVector(
  vector: Vector,
  load: Load,
  operations: Readonly<Record<string, Operation>>,
): Promise<string | null> {
  const operation = Object.hasOwn(operations, vector.op) ? operations[vector.op] : undefined;
  if (!operation) return `no implementation of op "${vector.op}"`;
  const wanted = vector.expected.error;
  let result: unknown;
  try {
    result = await operation(vector.inputs, load);
  } catch (error) {
    const { name, code, message } = error as { name?: string; code?: string; message?: string };
    // Only an error that bursar names can be an expected one: a TypeError with a lucky code is a crash.
    if (wanted !== undefined && name === 'BursarError' && code === wanted) return null;
    const what = wanted === undefined ? '' : `, expected the error ${show(wanted)}`;
    return `threw ${name === 'BursarError' ? code : name}: ${message}${what}`;
  }
  if (wanted !== undefined) return `returned ${show(result)}, expected the error ${show(wanted)}`;
  return mismatch(result, vector.expected, vector.tolerance);
}
