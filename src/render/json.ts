/** Results and errors as one JSON object on one line. */

import type { BursarError } from '../lib/errors.js';
import { type Plain, toJson } from '../lib/plain.js';

/**
 * `{"schema":"bursar/stake.status/1","result":…}`, with the error beside the result when there are both.
 * @param schema the command's own name and version, `stake.status/1`
 * @param fork what the chain says that it is a fork of: a program that rehearses must see it, and one that does not, too
 */
export function renderJson(
  schema: string,
  result: unknown,
  error?: BursarError,
  fork?: { readonly id: string; readonly block: number | null },
): string {
  return escapeInvisible(
    toJson({
      schema: `bursar/${schema}`,
      result: result === undefined ? null : result,
      ...(fork === undefined ? {} : { fork: { id: fork.id, block: fork.block } }),
      ...(error === undefined ? {} : { error: errorObject(error) }),
    }),
  );
}

/** `{"schema":"bursar/error/1","error":{"code","message","hint","exit","details"}}` */
export const renderErrorJson = (error: BursarError): string =>
  escapeInvisible(toJson({ schema: 'bursar/error/1', error: errorObject(error) }));

function errorObject(error: BursarError): { readonly [key: string]: Plain | undefined } {
  return {
    code: error.code,
    message: error.message,
    hint: error.hint ?? null,
    exit: error.exit,
    details: error.details ?? null,
  };
}

/** JSON escapes the first 32 control characters; the others can steer a terminal just as well. */
export const escapeInvisible = (json: string): string =>
  json.replace(/[\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g, (char) => {
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
  });
