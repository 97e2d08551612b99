/**
 * Ctrl-C, a service manager's SIGTERM, a terminal that was closed (SIGHUP): the first signal asks the command to stop,
 * the second one stops it.
 */

import { EXIT, interruptedError } from '../lib/errors.js';

/** How long a command may take to put things in order once it was interrupted. */
export const GRACE_MS = 5_000;

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

export interface Interrupt {
  readonly signal: AbortSignal;
  /** Rejects with the interruption when the command has not stopped {@link GRACE_MS} after the signal. */
  readonly overdue: Promise<never>;
  readonly dispose: () => void;
}

/** Listens for SIGINT, SIGTERM and SIGHUP. `say` tells the operator what is happening (stderr). */
export function listenForInterrupt(say: (message: string) => void): Interrupt {
  const controller = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let expire: (error: Error) => void = () => {};
  const overdue = new Promise<never>((_, reject) => {
    expire = reject;
  });
  overdue.catch(() => {});
  const onSignal = (signal: NodeJS.Signals) => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    const reason = interruptedError('INTERRUPTED', `Interrupted (${signal}).`);
    timer = setTimeout(() => expire(reason), GRACE_MS);
    say(`${signal}: stopping; once more to stop at once.`);
    controller.abort(reason);
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  return {
    signal: controller.signal,
    overdue,
    dispose() {
      clearTimeout(timer);
      for (const name of SIGNALS) process.off(name, onSignal);
    },
  };
}
