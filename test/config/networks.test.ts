import { createRequire } from 'node:module';
import { describe, expect, test } from 'vitest';
import { networks } from '../../src/config/networks/index.js';
import { parseEndpoint, parseHash } from '../../src/config/parse.js';

describe.each(networks)('$name', (network) => {
  test('its endpoints and hashes are valid, and encrypted unless on this machine', () => {
    for (const endpoint of [...network.endpoints, ...network.relayEndpoints]) {
      expect(parseEndpoint(endpoint)).toEqual({ url: endpoint });
    }
    expect(new Set(network.endpoints).size).toBe(network.endpoints.length);
    if (network.genesisHash !== undefined) expect(parseHash(network.genesisHash)).toBe(network.genesisHash);
  });
});

test('the relay chains’ hashes, symbols, decimals and prefixes are those of @polkadot/networks', () => {
  const require = createRequire(import.meta.url);
  const { allNetworks } = require('@polkadot/networks') as {
    allNetworks: {
      network: string;
      genesisHash: string[];
      prefix: number;
      symbols: string[];
      decimals: number[];
    }[];
  };
  for (const name of ['polkadot', 'kusama', 'westend']) {
    const ours = networks.find((network) => network.name === name)!;
    const theirs = allNetworks.find(({ network }) => network === name);
    if (theirs === undefined) continue;
    expect(theirs.genesisHash).toContain(ours.relayGenesisHash);
    expect([ours.symbol, ours.decimals, ours.ss58Prefix]).toEqual([
      theirs.symbols[0],
      theirs.decimals[0],
      theirs.prefix,
    ]);
  }
  expect(allNetworks.some(({ network }) => network === 'polkadot')).toBe(true);
});

test('no two networks share a genesis', () => {
  const hashes = networks
    .flatMap(({ genesisHash, relayGenesisHash }) => [genesisHash, relayGenesisHash])
    .filter(Boolean);
  expect(new Set(hashes).size).toBe(hashes.length);
  expect(networks.find(({ name }) => name === 'devnet')?.genesisHash).toBeUndefined();
});
