/** The command line with a person at a terminal, which script(1) of util-linux plays. */

import { spawn, spawnSync } from 'node:child_process';
import { BIN } from '../cli/process.js';

/** Whether script(1) is there. */
export const terminals = spawnSync('script', ['-qec', 'true', '/dev/null'], { stdio: 'ignore' }).status === 0;

/** What is typed once a text is on the screen. */
export type Answer = readonly [question: string, typed: string];

/** @param args words for a shell @param env what the command has besides the PATH; HOME is where it runs */
export function runAtTerminal(
  args: string,
  answers: readonly Answer[],
  env: Readonly<Record<string, string>>,
): Promise<{ code: number | null; screen: string }> {
  const child = spawn('script', ['-qec', `'${process.execPath}' '${BIN}' ${args}`, '/dev/null'], {
    cwd: env.HOME,
    env: { PATH: process.env.PATH ?? '', TERM: 'xterm', ...env },
  });
  const waiting = [...answers];
  let screen = '';
  let seen = 0;
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    screen += text;
    const at = waiting[0] === undefined ? -1 : screen.indexOf(waiting[0][0], seen);
    if (at === -1) return;
    seen = at + waiting[0]![0].length;
    const [, answer] = waiting.shift()!;
    // Keys that are typed before the question listens are lost.
    setTimeout(() => child.stdin.write(answer), 150);
  });
  return new Promise((resolve) => {
    child.on('close', (code) => resolve({ code, screen }));
  });
}
