/**
 * On whose word a transaction would be signed: the metadata that its call is encoded with, and the token that its amounts
 * are written in, both come from an endpoint. Asked of a second endpoint, held against what was served before, and
 * committed to with the signature; what remains unproven is said.
 */

import { type Agree, METADATA_UNCHECKED, UNCHECKED_REMEDY } from '../chain/agree.js';
import type { OpenChain } from '../chain/connect.js';
import type { OpenPeer } from '../chain/peers.js';
import { askAnother, type SecondOpinion } from '../chain/secondOpinion.js';
import { showUrl } from '../shown.js';
import {
  type Digest,
  digestOf,
  type MetadataHashPolicy,
  probe,
  type Verdict,
  verdictOf,
} from './commitment.js';
import type { Check } from './plan.js';

export interface TrustOptions {
  /** All configured endpoints. */
  readonly endpoints: readonly string[];
  /** What is done when no second one can be asked and nothing else backs the metadata. Default `require`. */
  readonly agree?: Agree | undefined;
  readonly metadataHash?: MetadataHashPolicy;
  readonly openPeer?: OpenPeer | undefined;
  readonly signal?: AbortSignal;
}

export interface Assurance {
  readonly checks: readonly Check[];
  /** What the signature is to commit to; null: nothing. */
  readonly metadataHash: string | null;
}

/** What the checks are made of. */
export interface Findings {
  readonly policy: MetadataHashPolicy;
  readonly agree: Agree;
  readonly digest: Digest;
  /** What the chain's endpoint says of the digest, and the second one where it was asked; undefined: not asked. */
  readonly verdict: Verdict | undefined;
  readonly otherVerdict: Verdict | undefined;
  readonly opinion: SecondOpinion | undefined;
}

/** The transactions of one run are all encoded with the same metadata: it is looked into once. */
const assured = new WeakMap<OpenChain, Map<string, Promise<Assurance>>>();

export function assureTrust(chain: OpenChain, options: TrustOptions): Promise<Assurance> {
  const key = JSON.stringify([options.metadataHash ?? 'auto', options.agree ?? 'require', options.endpoints]);
  const known = assured.get(chain) ?? new Map<string, Promise<Assurance>>();
  assured.set(chain, known);
  const assurance = known.get(key) ?? look(chain, options);
  known.set(key, assurance);
  assurance.catch(() => known.delete(key));
  return assurance;
}

async function look(chain: OpenChain, options: TrustOptions): Promise<Assurance> {
  const policy = options.metadataHash ?? 'auto';
  const digest = await digestOf(chain);
  const asked = policy === 'off' || digest.hash === null ? undefined : await probe(chain, digest.hash);
  const at = chain.reference.hash;
  const ask = (answerer: Parameters<typeof verdictOf>[0]) =>
    asked === undefined ? Promise.resolve(undefined) : verdictOf(answerer, asked, at);
  const [verdict, another] = await Promise.all([
    ask({ endpoint: chain.endpoint, request: (method, params) => chain.ask(method, params) }),
    askAnother(chain, options, ask),
  ]);
  const found: Findings = {
    policy,
    agree: options.agree ?? 'require',
    digest,
    verdict,
    otherVerdict: another?.answer,
    opinion: another?.opinion,
  };
  const metadataHash = commits(found) ? digest.hash : null;
  // One endpoint's word, remembered, would stop every later sending of a chain that has no metadata hash.
  if (verdict === 'matches' && found.otherVerdict === 'matches')
    await chain.trust.store.committed(chain.trust.metadata);
  const proven = metadataHash !== null && isKnown(found);
  return {
    metadataHash,
    checks: [
      commitmentCheck(chain, found, metadataHash),
      ...agreementCheck(chain, found, proven),
      ...memoryChecks(chain, found, proven),
      ...tokenCheck(chain, found, proven),
    ],
  };
}

/** Whether an endpoint says that the chain has this very digest. */
const isKnown = ({ verdict, otherVerdict }: Findings): boolean =>
  verdict === 'matches' || otherVerdict === 'matches';

/** Only a chain that is said by everyone asked to have no metadata hash is signed for without one. */
function commits(found: Findings): boolean {
  const { policy, digest, verdict } = found;
  if (policy === 'off' || digest.hash === null) return false;
  return verdict !== 'absent' || isKnown(found);
}

function commitmentCheck(chain: OpenChain, found: Findings, metadataHash: string | null): Check {
  const id = 'METADATA_HASH';
  const { policy, digest, verdict, otherVerdict } = found;
  const title = 'The signature does not commit to the metadata';
  const unproven = `the call is encoded as ${showUrl(chain.trust.servedBy)} describes the runtime`;
  if (policy === 'off') return { id, ok: 'warn', title, detail: `--metadata-hash off; ${unproven}` };
  if (verdict === 'differs' || otherVerdict === 'differs')
    return {
      id,
      ok: false,
      title: 'The runtime refuses a signature over this metadata',
      detail: `digest ${digest.hash}, genesis ${chain.identity.genesisHash}`,
      remedy:
        'Nothing was signed. The endpoint lies about the metadata, the genesis hash or the token, or the configured symbol or decimals are not the chain’s: compare with another endpoint.',
    };
  if (metadataHash !== null)
    return isKnown(found)
      ? { id, ok: true, title: 'The signature commits to the metadata', detail: metadataHash }
      : {
          id,
          ok: 'warn',
          title: 'The signature commits to the metadata',
          detail: `${metadataHash}; no endpoint says whether the chain knows it`,
        };
  const why = digest.hash === null ? digest.why : 'the chain was built without a metadata hash';
  // A node that hides it would be signed for without it.
  if (chain.trust.metadata.commits)
    return {
      id,
      ok: false,
      title,
      detail: `${why}, says ${chain.endpoint}; but this runtime has checked it before`,
      remedy: `Nothing was signed. Ask another endpoint; if the runtime really does not, remove ${chain.trust.metadata.file}.`,
    };
  // A node that leaves out what the digest needs must not get a signature without it.
  if (digest.hash === null && digest.expected)
    return {
      id,
      ok: false,
      title,
      detail: why,
      remedy:
        'Nothing was signed. Ask another endpoint, or set networks.<name>.token in the configuration; --metadata-hash off signs without it.',
    };
  if (policy === 'require')
    return {
      id,
      ok: false,
      title,
      detail: why,
      remedy:
        'Nothing was signed. It is required: by --metadata-hash, the configuration, or what is known of the network.',
    };
  return { id, ok: 'warn', title, detail: `${why}; ${unproven}` };
}

function agreementCheck(chain: OpenChain, { opinion, agree }: Findings, proven: boolean): Check[] {
  const id = 'METADATA_AGREES';
  if (opinion === undefined) return [];
  const both = `${showUrl(chain.trust.servedBy)} and ${opinion.endpoint}`;
  switch (opinion.metadata) {
    case 'same':
      return [{ id, ok: true, title: 'Two endpoints serve the same metadata', detail: both }];
    case 'other':
      return [
        {
          id,
          ok: false,
          title: 'Two endpoints serve different metadata',
          detail: `${both}, for ${chain.identity.specName} ${chain.identity.specVersion}`,
          remedy: 'Nothing was signed. One of them is lying: find out which before moving money.',
        },
      ];
    default:
      // What the signature commits to needs no second witness.
      return proven ? [] : [uncompared(opinion.metadata.unknown, agree)];
  }
}

function uncompared(detail: string, agree: Agree): Check {
  const title = 'The metadata was not compared with a second endpoint';
  const check = { id: METADATA_UNCHECKED, title, detail };
  return agree === 'warn' ? { ...check, ok: 'warn' } : { ...check, ok: false, remedy: UNCHECKED_REMEDY };
}

/** What was served before, for a runtime of this very version. */
function memoryChecks(chain: OpenChain, { opinion }: Findings, proven: boolean): Check[] {
  const { rivals, rivalled, lacks, file } = chain.trust.metadata;
  const checks: Check[] = [];
  if (lacks.length > 0)
    checks.push({
      id: 'METADATA_LACKS',
      ok: false,
      title: 'The endpoint hides a part of the chain',
      detail: `${chain.identity.specName} ${chain.identity.specVersion} had ${some(lacks)}, and ${showUrl(chain.trust.servedBy)} does not list it`,
      remedy: `Nothing was signed. Ask another endpoint; if the runtime really lacks it, remove ${file}.`,
    });
  if (rivals.length > 0)
    checks.push({
      id: 'METADATA_RIVAL',
      // Anybody can serve anything to a connection that asks for no chain in particular.
      ok: proven || opinion?.metadata === 'same' || !rivalled ? 'warn' : false,
      title: 'Another endpoint has served other metadata for this runtime',
      detail: some(rivals),
      remedy: `One of them lies. Once you know which, remove ${file}.`,
    });
  return checks;
}

/** What amounts are read and written with, where nothing but the endpoint says it. */
function tokenCheck(chain: OpenChain, { opinion }: Findings, proven: boolean): Check[] {
  const id = 'TOKEN';
  const { tokenSources: sources, claims: here } = chain.trust;
  const teller = showUrl(chain.trust.claimedBy);
  const { symbol, decimals, undenominated } = chain.token;
  const remedy = 'Set networks.<name>.token in the configuration.';
  if (undenominated !== undefined) {
    const title = 'Amounts are in base units: the endpoint does not say how many decimals the token has';
    return [{ id, ok: 'warn', title, remedy }];
  }
  const said = (['decimals', 'symbol', 'ss58Prefix'] as const).filter((key) => sources[key] === 'endpoint');
  if (said.length === 0) return [];
  const there = opinion?.token?.claims;
  // What is left out contradicts nothing.
  const unlike = said.find((key) => there?.[key] !== undefined && there[key] !== here[key]);
  if (unlike !== undefined)
    return [
      {
        id,
        ok: false,
        title: `Two endpoints disagree on the token’s ${NAMES[unlike]}`,
        detail: `${here[unlike]} at ${teller}, ${there?.[unlike]} at ${opinion?.token?.endpoint}`,
        remedy: `Nothing was signed: amounts or addresses would be wrong. ${remedy}`,
      },
    ];
  const title = `${symbol} with ${decimals} decimals, according to the endpoint`;
  if (proven) return [{ id, ok: true, title, detail: 'the signature commits to it' }];
  if (said.every((key) => there?.[key] === here[key]))
    return [{ id, ok: true, title, detail: `${opinion?.token?.endpoint} says the same` }];
  return [{ id, ok: 'warn', title, detail: `${teller} alone says so`, remedy }];
}

const NAMES = { decimals: 'decimals', symbol: 'symbol', ss58Prefix: 'address prefix' } as const;

const some = (names: readonly string[]): string =>
  names.length <= 6 ? names.join(', ') : `${names.slice(0, 6).join(', ')} and ${names.length - 6} more`;
