import type { Network } from './network.js';

/** Polkadot Asset Hub: where DOT is staked since 2025-11-04. */
export const polkadot: Network = {
  name: 'polkadot',
  title: 'Polkadot Asset Hub',
  genesisHash: '0x68d56f15f85d3136970ec16946040bc1752654e906147f7e43e9d539d7c3de2f',
  // The runtime kept the spec name it was launched with.
  specNames: ['statemint'],
  symbol: 'DOT',
  decimals: 10,
  ss58Prefix: 0,
  endpoints: [
    'wss://polkadot-asset-hub-rpc.polkadot.io',
    'wss://asset-hub-polkadot-rpc.n.dwellir.com',
    'wss://asset-hub-polkadot.ibp.network',
    'wss://rpc-asset-hub-polkadot.luckyfriday.io',
    'wss://statemint.api.onfinality.io/public-ws',
  ],
  relayEndpoints: [
    'wss://polkadot-rpc.n.dwellir.com',
    'wss://polkadot.ibp.network',
    'wss://rpc-polkadot.luckyfriday.io',
    'wss://polkadot.api.onfinality.io/public-ws',
  ],
  relayGenesisHash: '0x91b171bb158e2d3848fa23a9f1c25182fb8e20313b2c1eb49219da7a70ce90c3',
  eraMs: 24 * 60 * 60 * 1_000,
  metadataHash: 'require',
  blockTime: '2 s on Asset Hub, 6 s on the relay chain',
};
