// oclif.manifest.json: what oclif knows of the commands without loading them. Made by oclif itself from the built
// commands; the same commands give the same bytes.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { Plugin, settings } from '@oclif/core';
import { root } from './stamp.mjs';

export async function manifestText() {
  // oclif looks for TypeScript sources when NODE_ENV is test or development.
  settings.enableAutoTranspile = false;
  const plugin = new Plugin({ root, type: 'core', ignoreManifest: true, errorOnManifestCreate: true });
  await plugin.load();
  const { commands, version } = plugin.manifest;
  const sorted = Object.fromEntries(Object.entries(commands).sort(([a], [b]) => (a < b ? -1 : 1)));
  return `${JSON.stringify({ version, commands: sorted }, null, 2)}\n`;
}

export function writeIfChanged(path, text) {
  if (!existsSync(path) || readFileSync(path, 'utf8') !== text) writeFileSync(path, text);
}
