/** The presets by name; each is loaded when it is asked for. */

import { usageError } from '../src/lib/errors.js';
import type { Preset } from './preset.js';

const LOADERS: { readonly [name: string]: () => Promise<Preset> } = {
  tour: async () => (await import('./preset-tour.js')).tour,
  pots: async () => (await import('./preset-pots.js')).pots,
  classic: async () => (await import('./preset-classic.js')).classic,
  'mainnet-like': async () => (await import('./preset-mainnet.js')).mainnetLike,
};

export const PRESET_NAMES: readonly string[] = Object.keys(LOADERS);

/** @throws usage UNKNOWN_PRESET */
export async function loadPreset(name: string): Promise<Preset> {
  const load = Object.hasOwn(LOADERS, name) ? LOADERS[name] : undefined;
  if (load === undefined)
    throw usageError('UNKNOWN_PRESET', `there is no preset "${name}"`, {
      hint: `Choose one of: ${PRESET_NAMES.join(', ')}.`,
    });
  return load();
}
