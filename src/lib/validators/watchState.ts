/** The state file of a watch. */

import { type BursarError, preconditionError, usageError } from '../errors.js';
import { DuplicateName, parseJson } from '../json.js';
import { toCanonicalJson } from '../plain.js';
import { flag, list, nullable, oneOf, type Path, record, text, whole } from './form.js';
import type { WatchedState, WatchState } from './watch.js';

export const WATCH_FORMAT = 'bursar/validators-watch-state/1';

export const encodeWatchState = (state: WatchState): string =>
  `${toCanonicalJson({ format: WATCH_FORMAT, ...state })}\n`;

/** @throws usage WATCH_STATE, FILE_FORM when it is no state file; precondition WATCH_CHAIN when it is of another chain */
export function decodeWatchState(content: string, genesisHash: string): WatchState {
  let value: unknown;
  try {
    value = parseJson(content);
  } catch (error) {
    throw unreadable(
      error instanceof DuplicateName
        ? `the name ${JSON.stringify(error.member)} occurs twice in one object`
        : 'it is not JSON',
    );
  }
  if ((value as { format?: unknown } | null)?.format !== WATCH_FORMAT)
    throw unreadable(`it has not the form ${WATCH_FORMAT}`);
  const of = record(value, 'state');
  const state: WatchState = {
    genesisHash: text(of.genesisHash, 'state.genesisHash'),
    block: whole(of.block, 'state.block'),
    era: whole(of.era, 'state.era'),
    validators: list(of.validators, 'state.validators', watched),
  };
  if (state.genesisHash !== genesisHash) {
    throw preconditionError('WATCH_CHAIN', 'The state file is of another chain.', {
      hint: 'Keep one state file for each chain.',
    });
  }
  return state;
}

const unreadable = (why: string): BursarError =>
  usageError('WATCH_STATE', `The file is no state of a watch: ${why}.`, {
    hint: 'Name another file with --state, or remove this one: the next look then begins anew.',
  });

function watched(value: unknown, path: Path): WatchedState {
  const of = record(value, path);
  const judged = nullable(record)(of.judged, `${path}.judged`);
  return {
    address: text(of.address, `${path}.address`),
    commission: nullable(whole)(of.commission, `${path}.commission`),
    blocked: flag(of.blocked, `${path}.blocked`),
    elected: flag(of.elected, `${path}.elected`),
    unpaid: whole(of.unpaid, `${path}.unpaid`),
    offences: list(of.offences, `${path}.offences`, (one, where) => {
      const offence = record(one, where);
      return {
        era: whole(offence.era, `${where}.era`),
        kind: oneOf(['slashed', 'deferred', 'reported'])(offence.kind, `${where}.kind`),
        fraction: nullable(whole)(offence.fraction, `${where}.fraction`),
      };
    }),
    judged: judged && {
      era: whole(judged.era, `${path}.judged.era`),
      low: flag(judged.low, `${path}.judged.low`),
    },
  };
}
