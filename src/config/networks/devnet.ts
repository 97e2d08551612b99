import type { Network } from './network.js';

/**
 * The embedded development chain. Every preset has a genesis of its own: `bursar devnet up` writes the hash of the one
 * it serves to the config file that it prints.
 */
export const devnet: Network = {
  name: 'devnet',
  title: 'Embedded development chain',
  specNames: [],
  endpoints: ['ws://127.0.0.1:9944'],
  relayEndpoints: [],
  blockTime: 'on demand, or as `bursar devnet up` is told',
};
