/** What bursar knows of a network before it connects to it. */

export interface Network {
  /** The name used with `--network`. */
  readonly name: string;
  /** The name for people. */
  readonly title: string;
  /** 0x-prefixed hash of block 0; absent when every instance of the network has its own. */
  readonly genesisHash?: string;
  /** Spec names under which the chain's runtime has been known; empty: any. */
  readonly specNames: readonly string[];
  readonly symbol?: string;
  readonly decimals?: number;
  readonly ss58Prefix?: number;
  /** WebSocket endpoints of the chain that holds staking, in order of preference. */
  readonly endpoints: readonly string[];
  /** Endpoints of its relay chain: where sessions and validators' keys live. */
  readonly relayEndpoints: readonly string[];
  readonly relayGenesisHash?: string;
  /** Milliseconds of a staking era, where the chain with staking does not count sessions itself. */
  readonly eraMs?: number;
  /** Every release of the chain's runtime checks the metadata hash: nothing is signed without it. */
  readonly metadataHash?: 'require';
  /** How long a block takes, for people; code reads the time from the chain. */
  readonly blockTime: string;
}
