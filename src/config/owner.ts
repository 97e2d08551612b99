/** What steers money must belong to the user who runs bursar, or to the superuser. */

import { statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { usageError } from '../lib/errors.js';

/**
 * The user who owns a path, or, where there is nothing yet, the directory that it will be made in; undefined when that
 * is this user or the superuser. Another one could replace what is there, and so redirect the money.
 */
export function strangerAt(path: string, uid: number | undefined = process.getuid?.()): number | undefined {
  if (uid === undefined) return undefined;
  for (let at = resolve(path); ; at = dirname(at)) {
    try {
      const owner = statSync(at).uid;
      return owner === uid || owner === 0 ? undefined : owner;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if ((code !== 'ENOENT' && code !== 'ENOTDIR') || dirname(at) === at) return undefined;
    }
  }
}

/**
 * Refuses a path that another user owns, and a file in a directory that another user owns.
 * @param what `journal`, for the message
 * @param source the flag, variable or setting that leads there
 * @throws usage FOREIGN_OWNER (2)
 */
export function assertOwn(path: string, what: string, source: string): void {
  for (const at of [path, dirname(path)]) {
    const stranger = strangerAt(at);
    if (stranger === undefined) continue;
    throw usageError(
      'FOREIGN_OWNER',
      `The ${what} ${JSON.stringify(path)} (from ${source}) is in the hands of another user: ${
        at === path ? 'it belongs' : 'its directory belongs'
      } to uid ${stranger}, who could put something else in its place.`,
      {
        hint: `Run bursar as that user, or let ${source} lead to a place of your own.`,
        details: { path, source, uid: stranger },
      },
    );
  }
}
