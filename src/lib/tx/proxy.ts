/**
 * Which of a delegate's proxy definitions makes a call. Without a type the pallet takes the delegate's first definition,
 * in the order of the types, whether or not it may make this call now (pallet-proxy 49, `find_proxy`); so the one that
 * may is chosen here, and named in the call.
 */

import type { OpenChain } from '../chain/connect.js';
import { leaves } from './classify.js';
import { type DryRun, dryRun } from './dryRun.js';
import type { Check, Plan } from './plan.js';
import { type Wrap, wrapCalls } from './wrap.js';

export interface ProxyDefinition {
  readonly delegate: string;
  readonly proxyType: string;
  /** Blocks between announcement and call; 0: at once. */
  readonly delay: number;
}

export type ProxyWrap = Extract<Wrap, { kind: 'proxy' }>;

export interface ChosenProxy {
  readonly wrap: ProxyWrap;
  /** All that the account has defined for the signer. */
  readonly proxies: readonly ProxyDefinition[];
}

/**
 * Chooses the definition: without a delay, and of a type that lets the plan's calls through, which only the chain knows:
 * with more than one, each is tried in a dry run. Nothing is chosen, and `checkProxy` says why, if none can.
 */
export async function chooseProxy(
  chain: OpenChain,
  signer: string,
  wrap: ProxyWrap,
  plan: Plan<unknown>,
): Promise<ChosenProxy> {
  const [value] = await chain.read([{ pallet: 'Proxy', item: 'Proxies', keys: [wrap.real] }]);
  const [all] = value as unknown as readonly [readonly ProxyDefinition[], bigint];
  const proxies = all.filter(({ delegate }) => delegate === signer);
  const types = ranked(usable(proxies, wrap), plan);
  const [first] = types;
  if (first === undefined) return { wrap, proxies };
  let best = { type: first, filtered: Number.POSITIVE_INFINITY };
  if (types.length > 1) {
    for (const type of types) {
      const call = wrapCalls(plan.calls, { ...wrap, proxyType: type }, plan.batch);
      const run = await dryRun(chain, signer, call);
      if (!run) break;
      const filtered = countFiltered(run);
      if (filtered < best.filtered) best = { type, filtered };
      if (filtered === 0) break;
    }
  }
  return { wrap: { ...wrap, proxyType: best.type }, proxies };
}

/** The types that the signer may use now. */
function usable(proxies: readonly ProxyDefinition[], wrap: ProxyWrap): string[] {
  const now = proxies.filter(
    ({ delay, proxyType }) =>
      delay === 0 &&
      typeof proxyType === 'string' &&
      (wrap.proxyType === undefined || proxyType === wrap.proxyType),
  );
  return [...new Set(now.map(({ proxyType }) => proxyType))];
}

/** The likely ones first: a type that is called as the plan's pallet, then those that nothing is kept from. */
function ranked(types: readonly string[], plan: Plan<unknown>): string[] {
  const pallets = new Set(plan.calls.map(({ pallet }) => pallet));
  const rank = (type: string) =>
    pallets.has(type) ? 0 : type === 'Any' ? 1 : type === 'NonTransfer' ? 2 : 3;
  return [...types].sort((a, b) => rank(a) - rank(b));
}

/** frame-system's error for a call that the origin's filter does not let through. */
const FILTERED = 'System.CallFiltered';

/** How many of the calls the filter of the proxy's type, or of the chain itself, keeps back. */
function countFiltered({ tree, failure }: DryRun): number {
  const calls = leaves(tree).filter(({ failure: why }) => why?.name === FILTERED).length;
  return calls > 0 ? calls : failure?.name === FILTERED ? 1 : 0;
}

/**
 * Whether the signer is a proxy that can be used at once (`PROXY`), and whether the chain's dry run lets its type make
 * the call (`PROXY_TYPE`, only if not).
 * @param wrap with the type that was chosen @param proxies what the account has defined for the signer
 */
export function checkProxy(
  signer: string,
  wrap: ProxyWrap,
  proxies: readonly ProxyDefinition[],
  run: DryRun | null,
): Check[] {
  const chosen = proxies.find(({ delay, proxyType }) => delay === 0 && proxyType === wrap.proxyType);
  const isFiltered = run !== null && countFiltered(run) > 0;
  const why = ({ proxyType, delay }: ProxyDefinition) =>
    `${proxyType}, delay ${delay}${delay > 0 ? ' (must be announced first)' : isFiltered ? ' (may not make this call)' : ''}`;
  const only = {
    detail:
      proxies.length > 0 ? `only with ${proxies.map(why).join('; ')}` : 'the account has not made it one',
    remedy:
      'Nothing was sent. The account must first add it with proxy.add_proxy, with delay 0 and a type that permits the call (Staking for stake).',
  };
  if (!chosen) {
    return [{ id: 'PROXY', ok: false, title: `${signer} is not a usable proxy of ${wrap.real}`, ...only }];
  }
  const is: Check = {
    id: 'PROXY',
    ok: true,
    title: `${short(signer)} is a proxy of ${short(wrap.real)}`,
    detail: chosen.proxyType,
  };
  if (!isFiltered) return [is];
  const title = `${signer} may not make this call as a proxy of ${wrap.real}`;
  return [is, { id: 'PROXY_TYPE', ok: false, title, ...only }];
}

const short = (address: string) => `${address.slice(0, 6)}…${address.slice(-6)}`;
