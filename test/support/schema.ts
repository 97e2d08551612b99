/** Real outputs against the committed JSON Schemas. */

import { readdirSync, readFileSync } from 'node:fs';
import { Ajv, type ValidateFunction } from 'ajv';

const directory = new URL('../../schemas/', import.meta.url);
const ajv = new Ajv({ allErrors: true, allowUnionTypes: true });
const compiled = new Map<string, ValidateFunction>();

export const schemaFiles = (): string[] =>
  readdirSync(directory)
    .filter((file) => file.endsWith('.json'))
    .sort();

export function validator(file: string): ValidateFunction {
  const known = compiled.get(file);
  if (known !== undefined) return known;
  const validate = ajv.compile(JSON.parse(readFileSync(new URL(file, directory), 'utf8')));
  compiled.set(file, validate);
  return validate;
}

/**
 * @param json what a command printed with --json: text, or the object it holds
 * @returns the object
 * @throws Error that says where it is not what its schema promises
 */
export function assertMatchesSchema(json: unknown): Record<string, unknown> {
  const output = (typeof json === 'string' ? JSON.parse(json) : json) as Record<string, unknown>;
  const name = String(output.schema);
  const file = `${name.replace(/^bursar\//, '').replace('/', '.')}.json`;
  if (!name.startsWith('bursar/') || !schemaFiles().includes(file)) {
    throw new Error(`There is no schema for "${name}".`);
  }
  const validate = validator(file);
  if (!validate(output)) throw new Error(`${name}: ${ajv.errorsText(validate.errors, { separator: '\n' })}`);
  return output;
}
