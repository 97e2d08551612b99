/** Commands that are printed to be pasted: they ask the same chain, with the same configuration, as the one that ran. */

import type { Settings } from '../config/types.js';
import { mayHoldSecret } from '../lib/shown.js';

/** Characters that no shell gives a meaning to. */
const PLAIN = /^[\w@%+=:,./-]+$/;

/** A word as a POSIX shell takes it. */
export const shellWord = (word: string): string =>
  PLAIN.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

/**
 * A command with what names the configuration, the network and the endpoints, if they are not the default. An address
 * that may hold a secret is not repeated: the comment at the end says so.
 */
export function followUp(settings: Settings, bin = 'bursar'): (...command: readonly string[]) => string {
  const { words, secret } = chainWords(settings);
  const comment = secret ? '  # and the same --rpc, which may hold a secret and is not repeated' : '';
  return (...command) => `${[bin, ...command.map(shellWord), ...words].join(' ')}${comment}`;
}

/** `bursar tx status HASH`, see {@link followUp}. */
export function statusCommand(settings: Settings, bin = 'bursar'): (txHash: string) => string {
  const command = followUp(settings, bin);
  return (txHash) => command('tx', 'status', txHash);
}

function chainWords(settings: Settings): { words: string[]; secret: boolean } {
  const { configFile, network, endpoints, origins } = settings;
  const words: string[] = [];
  const given = (name: string) => ['flag', 'environment'].includes(origins[name]?.kind ?? '');
  if (given('configFile')) words.push('--config', shellWord(configFile.path));
  if (given('network')) words.push('--network', shellWord(network));
  if (!given('endpoints')) return { words, secret: false };
  const secret = endpoints.some(mayHoldSecret);
  if (!secret) for (const endpoint of endpoints) words.push('--rpc', shellWord(endpoint));
  return { words, secret };
}
