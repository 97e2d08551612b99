import type { Network } from './network.js';

/** Kusama Asset Hub: where KSM is staked since 2025-10-07. */
export const kusama: Network = {
  name: 'kusama',
  title: 'Kusama Asset Hub',
  genesisHash: '0x48239ef607d7928874027a43a67689209727dfb3d3dc5e5b03a39bdc2eda771a',
  specNames: ['statemine'],
  symbol: 'KSM',
  decimals: 12,
  ss58Prefix: 2,
  endpoints: [
    'wss://kusama-asset-hub-rpc.polkadot.io',
    'wss://asset-hub-kusama-rpc.n.dwellir.com',
    'wss://asset-hub-kusama.ibp.network',
    'wss://rpc-asset-hub-kusama.luckyfriday.io',
    'wss://assethub-kusama.api.onfinality.io/public-ws',
  ],
  relayEndpoints: [
    'wss://kusama-rpc.n.dwellir.com',
    'wss://kusama.ibp.network',
    'wss://rpc-kusama.luckyfriday.io',
    'wss://kusama.api.onfinality.io/public-ws',
  ],
  relayGenesisHash: '0xb0a8d493285c2df73290dfb7e61f870f17b41801197a149ca93654499ea3dafe',
  eraMs: 6 * 60 * 60 * 1_000,
  metadataHash: 'require',
  blockTime: '2 s on Asset Hub, 6 s on the relay chain',
};
