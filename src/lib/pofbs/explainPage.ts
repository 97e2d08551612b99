/**
 * The page in which anybody proves a line offline. Of a small epoch it holds every row and reads all of them again in the
 * browser; of a large one it holds the statement alone, and the reader brings a proof. It is handed to the renderer, which
 * puts it into a page that may load nothing.
 */

import { EXPLAIN_SCRIPT } from '#explain-page';
import { addressOf } from './accountText.js';
import { type InclusionProof, proofBytes } from './proof.js';
import type { AssetSummary, EpochHeader, Manifest } from './types.js';

/** More rows make a page that is slow to open: 50,000 are 5 MB and some seconds. */
export const MAX_PAGE_ROWS = 50_000;

/** What the page's script reads. Amounts are decimal text. */
export interface ExplainData {
  readonly [key: string]: unknown;
  readonly header: EpochHeader;
  /** What the manifest says; null if the page is about a proof, and the reader alone knows the GPMP. */
  readonly gpmp: string | null;
  readonly assets: readonly (AssetSummary & { readonly total: bigint })[];
  /** The files of the assets, in their order; null if they are not in the page. */
  readonly snapshots: readonly string[] | null;
  /** A proof that the page begins with. */
  readonly proof: string | null;
  /** Why what the page is about does not hold, a clause; null if nothing was found to be wrong. */
  readonly refused: string | null;
  /** A sentence that says where the reader finds the code that was published. */
  readonly where: string;
}

/** What a page says besides what it is about. */
export interface PageContext {
  readonly refused: string | null;
  /** Where the GPMP is published, in the custodian's words; null: with the custody account on its chain. */
  readonly publishedAt: string | null;
  /** The name of a chain by its genesis hash; null for one that is not known. */
  readonly chainName: (genesis: string) => string | null;
}

/** Title, constant HTML, constant script, and the data that the script finds. */
export interface ExplainPage {
  readonly title: string;
  readonly html: string;
  readonly script: string;
  readonly data: ExplainData;
}

/** @param snapshots text of each asset's file, in the order of the assets; null leaves them out */
export function epochPage(
  manifest: Manifest,
  snapshots: readonly string[] | null,
  context: PageContext,
): ExplainPage {
  return page(snapshots === null ? LARGE : SMALL, {
    header: headerOf(manifest),
    gpmp: manifest.gpmp,
    assets: manifest.assets.map(summaryOf),
    snapshots,
    proof: null,
    refused: context.refused,
    where: whereText(manifest, context),
  });
}

export function proofPage(proof: InclusionProof, context: PageContext): ExplainPage {
  return page(SMALL, {
    header: headerOf(proof.header),
    gpmp: null,
    assets: [summaryOf(proof.summary)],
    snapshots: null,
    proof: new TextDecoder().decode(proofBytes(proof)).trim(),
    refused: context.refused,
    where: whereText(proof.header, context),
  });
}

/** `Open https://custodian.example/epochs, epoch 7.` */
export function whereText(
  { chain, custody, epoch }: EpochHeader,
  { publishedAt, chainName }: Pick<PageContext, 'publishedAt' | 'chainName'>,
): string {
  if (publishedAt !== null) return `Open ${publishedAt}, epoch ${epoch}.`;
  const where = chainName(chain) ?? `the chain with the genesis hash ${chain}`;
  return `Open a block explorer of ${where}, and look up what the custody account ${addressOf(custody) ?? custody} published for epoch ${epoch}.`;
}

const page = (subject: string, data: ExplainData): ExplainPage => ({
  title: 'Check a line yourself',
  html: form(subject),
  script: EXPLAIN_SCRIPT,
  data,
});

const headerOf = ({ chain, custody, epoch, prevGpmp, timestamp }: EpochHeader): EpochHeader => ({
  chain,
  custody,
  epoch,
  prevGpmp,
  timestamp,
});

const summaryOf = ({ asset, decimals, rows, total, requests, root }: AssetSummary): AssetSummary => ({
  asset,
  decimals,
  rows,
  total,
  requests,
  root,
});

/** What the reader pastes: ids work only where the page holds the lines. */
const SMALL = 'Your id, or the proof that the custodian gave you';
const LARGE = 'Paste the proof file that the custodian gave you';

const form = (
  subject: string,
): string => `<p>Everything happens in this page: nothing is sent anywhere, and it works without a network.</p>
<section id="pofbs-state" role="status"><p>To check a line, the page needs JavaScript. The script is in the page.</p></section>
<form id="pofbs-form" autocomplete="off"><section>
<p class="field"><label for="pofbs-subject">${subject}</label>
<textarea id="pofbs-subject" class="id" rows="3" spellcheck="false" autocapitalize="off"></textarea></p>
<p class="field"><label for="pofbs-file">or the proof’s file; you may also drop it on this page</label>
<input id="pofbs-file" type="file" accept=".json,application/json"></p>
<details id="pofbs-own" class="data"><summary>I know my wallet and my salt</summary><section>
<p>The id is made from both. With them this page finds your line, and shows that it is yours.</p>
<p class="field"><label for="pofbs-wallet">Wallet address</label>
<input id="pofbs-wallet" class="id" type="text" spellcheck="false" autocapitalize="off"></p>
<p class="field"><label for="pofbs-salt">Salt: 0x and 64 digits</label>
<input id="pofbs-salt" class="id" type="text" spellcheck="false" autocapitalize="off"></p></section></details>
<p class="field"><label for="pofbs-gpmp">The code (GPMP) that was published for this epoch: 0x and 64 digits. Leave it empty to compare it yourself.</label>
<input id="pofbs-gpmp" class="id" type="text" spellcheck="false" autocapitalize="off"></p>
<p><button type="submit">Check</button></p>
</section></form>
<section id="pofbs-answer" role="status" tabindex="-1"></section>`;
