/** Time as a value: sending waits, and what it does while it waits is tried without waiting. */

import { sleep } from '../chain/rpc.js';

export interface Clock {
  /** Milliseconds that only ever grow. */
  now(): number;
  /** @throws interrupted INTERRUPTED when the signal aborts */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** The date, ISO 8601, for people. */
  date(): string;
}

export const systemClock: Clock = {
  now: () => performance.now(),
  sleep,
  date: () => new Date().toISOString(),
};
