// Who reads unpaid rewards, each as a process of its own that scans once:
//   node bench/readers.mjs NAME URL CACHE ERAS STASH…
// prints when it was connected, how long the scan took after that, and what it found. The readers:
//   bursar, bursar-amounts   the library behind `bursar payouts list --no-amounts` and `payouts list`
//   per-key                  @polkadot/api, one key after the other; finds every unpaid page
//   multi                    @polkadot/api, all keys at once with its `multi`; finds every unpaid page
//   canontech                @polkadot/api, the reads of canontech/staking-payouts in their order; finds what that finds
//   derive                   @polkadot/api, `api.derive.staking.stakerRewardsMultiEras`
import { fileURLToPath } from 'node:url';
import { map } from 'rxjs';

export const readers = {
  bursar: () => ours(false),
  'bursar-amounts': () => ours(true),
  'per-key': () => theirs(perKey),
  multi: () => theirs(multi),
  canontech: () => theirs(canontech),
  derive: () => theirs(derive),
};

/** @returns connect(url, cacheDir) → { scan(stashes, eras) → ids of unpaid pages, close } */
function ours(amounts) {
  return async (url, cacheDir) => {
    const { connect } = await import('../dist/src/lib/chain/connect.js');
    const { readEraWindow } = await import('../dist/src/lib/eras/facts.js');
    const { readPayoutFacts } = await import('../dist/src/lib/payouts/facts.js');
    const { chosenEras, payoutsList } = await import('../dist/src/lib/payouts/list.js');
    const chain = await connect({ endpoints: [url], timeoutMs: 600_000, ...(cacheDir ? { cacheDir } : {}) });
    return {
      scan: async (stashes, last) => {
        const window = await readEraWindow(chain);
        const eras = chosenEras(window, { last });
        const { pages } = payoutsList(await readPayoutFacts(chain, { window, eras, stashes, amounts }));
        return pages.map(({ era, stash, page }) => `${era}/${stash}/${page}`);
      },
      close: () => chain.close(),
    };
  };
}

function theirs(scan) {
  return async (url) => {
    const { ApiPromise, WsProvider } = await import('@polkadot/api');
    const provider = new WsProvider(url, 2_500, {}, 600_000);
    const api = await ApiPromise.create({ provider, noInitWarn: true });
    return {
      scan: (stashes, eras) => scan(api, stashes, eras),
      close: () => api.disconnect(),
    };
  };
}

async function endedEras({ query: { staking }, consts }, last) {
  const active = (await staking.activeEra()).unwrap().index.toNumber();
  const count = Math.min(last, consts.staking.historyDepth.toNumber());
  return Array.from({ length: count }, (_, index) => active - count + index).filter((era) => era >= 0);
}

/** The pages of an overview that nobody has claimed. A validator without nominators has one page to be paid. */
function unpaidPages(overview, claimed) {
  if (overview.isNone) return [];
  const { pageCount, own } = overview.unwrap();
  const count = pageCount.toNumber() || (own.unwrap().isZero() ? 0 : 1);
  const paid = claimed.map((page) => page.toNumber());
  return Array.from({ length: count }, (_, page) => page).filter((page) => !paid.includes(page));
}

async function perKey(api, stashes, last) {
  const { staking } = api.query;
  const found = [];
  const eras = await endedEras(api, last);
  for (const stash of stashes)
    for (const era of eras) {
      const claimed = await staking.claimedRewards(era, stash);
      const overview = await staking.erasStakersOverview(era, stash);
      for (const page of unpaidPages(overview, claimed)) found.push(`${era}/${stash}/${page}`);
    }
  return found;
}

async function multi(api, stashes, last) {
  const { staking } = api.query;
  const eras = await endedEras(api, last);
  const pairs = stashes.flatMap((stash) => eras.map((era) => [era, stash]));
  const [claims, overviews] = await Promise.all([
    staking.claimedRewards.multi(pairs),
    staking.erasStakersOverview.multi(pairs),
  ]);
  return pairs.flatMap(([era, stash], index) =>
    unpaidPages(overviews[index], claims[index]).map((page) => `${era}/${stash}/${page}`),
  );
}

/**
 * For each stash its controller, then for each era: are there claimed pages? If not: is the era in the ledger, and had
 * the stash points, among the points of all validators? One request after the other. It never looks at the newest era,
 * takes one claimed page for all, and knows of no second page.
 */
async function canontech(api, stashes, last) {
  const { staking } = api.query;
  const current = (await staking.activeEra()).unwrap().index.toNumber();
  const found = [];
  for (const stash of stashes) {
    const controller = (await staking.bonded(stash)).unwrap();
    for (let era = Math.max(0, current - 1 - Math.min(last, 83)); era < current - 1; era++) {
      const claimed = await staking.claimedRewards(era, controller);
      if (claimed.length > 0) continue;
      const ledger = (await staking.ledger(controller)).unwrap();
      if (ledger.legacyClaimedRewards?.some((one) => one.toNumber() === era)) continue;
      const points = await staking.erasRewardPoints(era);
      if ([...points.individual.keys()].some((one) => one.toString() === stash))
        found.push(`${era}/${stash}/0`);
    }
  }
  return found;
}

/**
 * What the derives of staking say of validators; no page, no amount of a second page. They begin with session.indexes,
 * which @polkadot/api offers only on chains with a Session pallet: here it is lent to them.
 */
async function derive(api, stashes, last) {
  api.rx.derive.session ??= {
    indexes: () => api.rx.query.staking.activeEra().pipe(map((era) => ({ activeEra: era.unwrap().index }))),
  };
  const eras = (await endedEras(api, last)).map((era) => api.createType('EraIndex', era));
  const rewards = await api.derive.staking.stakerRewardsMultiEras(stashes, eras);
  return rewards.flatMap((ofStash, index) => ofStash.map(({ era }) => `${era}/${stashes[index]}/0`));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [name, url, cacheDir, eras, ...stashes] = process.argv.slice(2);
  const started = performance.now();
  const reader = await readers[name]()(url, cacheDir);
  const ready = performance.now();
  const found = await reader.scan(stashes, Number(eras));
  const scanned = performance.now();
  process.stdout.write(JSON.stringify({ connectMs: ready - started, scanMs: scanned - ready, found }));
  await reader.close();
}
