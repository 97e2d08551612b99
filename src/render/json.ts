/** Results and errors as one JSON object on one line. */

import type { BursarError } from '../lib/errors.js';
import { type Plain, toJson } from '../lib/plain.js';
import { escapeInvisibleJson } from '../lib/shown.js';

/**
 * `{"schema":"bursar/stake.status/1","result":…}`, with the error beside the result when there are both.
 * @param schema the command's own name and version, `stake.status/1`
 * @param fork what the chain says that it is a fork of: a program that rehearses must see it, and one that does not, too
 */
export function renderJson(
  schema: string,
  result: unknown,
  error?: BursarError,
  fork: Fork | null = null,
): string {
  return escapeInvisibleJson(
    toJson({
      schema: `bursar/${schema}`,
      result: result === undefined ? null : result,
      ...said(fork),
      ...(error === undefined ? {} : { error: errorObject(error) }),
    }),
  );
}

/** `{"schema":"bursar/error/1","error":{"code","message","hint","exit","details"}}` @param fork as of {@link renderJson} */
export const renderErrorJson = (error: BursarError, fork: Fork | null = null): string =>
  escapeInvisibleJson(toJson({ schema: 'bursar/error/1', ...said(fork), error: errorObject(error) }));

interface Fork {
  readonly id: string;
  readonly block: number | null;
}

const said = (fork: Fork | null) => (fork === null ? {} : { fork: { id: fork.id, block: fork.block } });

function errorObject(error: BursarError): { readonly [key: string]: Plain | undefined } {
  return {
    code: error.code,
    message: error.message,
    hint: error.hint ?? null,
    exit: error.exit,
    details: error.details ?? null,
  };
}
