import type { Network } from './network.js';

/** Paseo Asset Hub: the community's test network, with Polkadot's parameters. */
export const paseo: Network = {
  name: 'paseo',
  title: 'Paseo Asset Hub',
  genesisHash: '0xd6eec26135305a8ad257a20d003357284c8aa03d0bdb2b357ab0a22371e11ef2',
  specNames: ['asset-hub-paseo'],
  symbol: 'PAS',
  decimals: 10,
  ss58Prefix: 0,
  endpoints: [
    'wss://asset-hub-paseo-rpc.n.dwellir.com',
    'wss://asset-hub-paseo.ibp.network',
    'wss://asset-hub-paseo.dotters.network',
    'wss://sys.turboflakes.io/asset-hub-paseo',
  ],
  relayEndpoints: [
    'wss://paseo.rpc.amforc.com',
    'wss://paseo-rpc.n.dwellir.com',
    'wss://paseo.ibp.network',
    'wss://paseo.dotters.network',
  ],
  relayGenesisHash: '0x77afd6190f1554ad45fd0d31aee62aacc33c6db0ea801129acb813f913e0764f',
  blockTime: '2 s on Asset Hub, 6 s on the relay chain',
};
