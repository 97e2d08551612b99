import { interruptedError } from '../errors.js';

/** Waits; an abort ends the wait with INTERRUPTED. */
export function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const interrupted = () => reject(interruptedError('INTERRUPTED', 'Interrupted.'));
    if (signal?.aborted) return interrupted();
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', abort);
      resolve();
    }, ms);
    const abort = () => {
      clearTimeout(timer);
      interrupted();
    };
    signal?.addEventListener('abort', abort, { once: true });
  });
}
