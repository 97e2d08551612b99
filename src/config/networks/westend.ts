import type { Network } from './network.js';

/** Westend Asset Hub: the test network of the Polkadot SDK itself. */
export const westend: Network = {
  name: 'westend',
  title: 'Westend Asset Hub',
  genesisHash: '0x67f9723393ef76214df0118c34bbbd3dbebc8ed46a10973a8c969d48fe7598c9',
  specNames: ['westmint'],
  symbol: 'WND',
  decimals: 12,
  ss58Prefix: 42,
  endpoints: ['wss://westend-asset-hub-rpc.polkadot.io', 'wss://asset-hub-westend-rpc.n.dwellir.com'],
  relayEndpoints: [
    'wss://westend-rpc.polkadot.io',
    'wss://westend-rpc.n.dwellir.com',
    'wss://westend.api.onfinality.io/public-ws',
  ],
  relayGenesisHash: '0xe143f23803ac50e8f6f8e62695d1ce9e4e1d68aa36c1cd2cfd15340213f3423e',
  eraMs: 6 * 60 * 60 * 1_000,
  blockTime: '2 to 6 s',
};
