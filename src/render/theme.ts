/** The only place that knows colours. */

import { Chalk, type ChalkInstance } from 'chalk';
import type { Tone } from '../lib/view.js';

export interface Theme {
  /** Text in the look of its meaning. */
  tone(tone: Tone, text: string): string;
  title(text: string): string;
  heading(text: string): string;
  /** Names of values, headers of columns. */
  label(text: string): string;
  series(index: number, text: string): string;
}

const looks = (chalk: ChalkInstance): Readonly<Record<Tone, (text: string) => string>> => ({
  good: chalk.green,
  warn: chalk.yellow,
  bad: chalk.red,
  muted: chalk.dim,
  strong: chalk.bold,
});

/** The theme; without colour it returns every text as it is. */
export function theme(colour: boolean): Theme {
  // The sixteen basic colours follow the reader's own palette, light or dark.
  const chalk = new Chalk({ level: colour ? 1 : 0 });
  const tones = looks(chalk);
  const inks = [chalk.cyan, chalk.magenta, chalk.yellow, chalk.green, chalk.blue];
  return {
    tone: (tone, text) => tones[tone](text),
    title: (text) => chalk.bold(text),
    heading: (text) => chalk.bold.underline(text),
    label: (text) => chalk.dim(text),
    series: (index, text) => inks[index % inks.length]!(text),
  };
}
