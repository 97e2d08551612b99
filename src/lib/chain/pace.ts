/** How fast an endpoint may be asked: not limited until it says so, then one request after the other. */

import { sleep } from './sleep.js';

/** Milliseconds between two requests once an endpoint has limited its callers: ten a second, what public ones allow. */
const FIRST_GAP_MS = 100;
const LONGEST_GAP_MS = 1_000;

interface Slot {
  /** When the next request may go, on the clock of `performance.now()`. */
  next: number;
  gap: number;
}

export class Pace {
  readonly #slots = new Map<string, Slot>();

  /** The endpoint refused a request: nothing goes there for so many milliseconds, and then slower than before. */
  slow(url: string, ms: number): void {
    const next = performance.now() + ms;
    const known = this.#slots.get(url);
    // Requests that were on their way together are refused together, which is one refusal.
    if (known && known.next >= next - known.gap) return;
    this.#slots.set(url, {
      next: Math.max(next, known?.next ?? 0),
      gap: Math.min(LONGEST_GAP_MS, known ? known.gap * 2 : FIRST_GAP_MS),
    });
  }

  /** Waits for the turn of one request. @throws interrupted */
  async turn(url: string, signal?: AbortSignal): Promise<void> {
    const slot = this.#slots.get(url);
    if (!slot) return;
    const now = performance.now();
    const at = Math.max(now, slot.next);
    slot.next = at + slot.gap;
    if (at > now) await sleep(at - now, signal);
  }
}
