/** What a command is doing, on stderr: only on a terminal, and only when it takes longer than a second. */

import { oneLine } from '../lib/shown.js';

export interface Progress {
  /**
   * Names the step that begins now. What stands behind a colon may change while it is the same step: `reading: 5 %`. Also a
   * library's `onProgress`: it may be passed around by itself.
   */
  readonly stage: (message: string) => void;
  /** Removes the line until the next stage: something else is about to be written, or asked. */
  readonly clear: () => void;
  /** The end; nothing is shown any more. */
  readonly done: () => void;
}

interface Terminal {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

const DELAY_MS = 1_000;
const TICK_MS = 250;

/** @param shown false with `--quiet`: nothing is ever written */
export function progress(terminal: Terminal, shown: boolean, now: () => number = Date.now): Progress {
  if (!shown || terminal.isTTY !== true || process.env.TERM === 'dumb') {
    return { stage: () => {}, clear: () => {}, done: () => {} };
  }
  let current = '';
  let began = 0;
  let drawn = false;
  let finished = false;
  let hidden = false;
  let timer: NodeJS.Timeout | undefined;
  const clear = () => {
    if (drawn) terminal.write('\r\u001b[K');
    drawn = false;
    // A question stands where the line was: drawing again would hide it.
    hidden = true;
  };
  const draw = () => {
    if (hidden || now() - began < DELAY_MS) return;
    const text = `… ${current} (${Math.floor((now() - began) / 1000)} s)`;
    terminal.write(`\r\u001b[K${[...text].slice(0, (terminal.columns ?? 80) - 1).join('')}`);
    drawn = true;
  };
  const done = () => {
    finished = true;
    clearInterval(timer);
    clear();
  };
  const stage = (message: string) => {
    if (finished) return;
    // Stages name endpoints and counts; a control character in one must not reach the terminal.
    const next = oneLine(message);
    if (stepOf(next) !== stepOf(current)) began = now();
    current = next;
    hidden = false;
    timer ??= setInterval(draw, TICK_MS).unref();
  };
  return { stage, clear, done };
}

const stepOf = (message: string): string => message.split(': ', 1)[0] ?? '';
