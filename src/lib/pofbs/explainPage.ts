/**
 * The page in which anybody proves a line offline. Of a small epoch it holds every row and reads all of them again in the
 * browser; of a large one it holds the statement alone, and the reader brings a proof. It is handed to the renderer, which
 * puts it into a page that may load nothing.
 */

import { PAGE_FORM } from './explainScript.js';
import { pageCore } from './pageCore.js';
import { pageProof } from './pageProof.js';
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
}

/** Title, constant HTML, constant script, and the data that the script finds. */
export interface ExplainPage {
  readonly title: string;
  readonly html: string;
  readonly script: string;
  readonly data: ExplainData;
}

/** @param snapshots text of each asset's file, in the order of the assets; null leaves them out */
export function epochPage(manifest: Manifest, snapshots: readonly string[] | null): ExplainPage {
  return page({
    header: headerOf(manifest),
    gpmp: manifest.gpmp,
    assets: manifest.assets.map(summaryOf),
    snapshots,
    proof: null,
  });
}

export function proofPage(proof: InclusionProof): ExplainPage {
  return page({
    header: headerOf(proof.header),
    gpmp: null,
    assets: [summaryOf(proof.summary)],
    snapshots: null,
    proof: new TextDecoder().decode(proofBytes(proof)).trim(),
  });
}

const page = (data: ExplainData): ExplainPage => ({
  title: 'Check a line yourself',
  html: FORM,
  script: PAGE_SCRIPT,
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

/** What runs in the page is what was tested: the functions' own source. Compilers may indent it with tabs. */
const sourceOf = (made: (...args: never[]) => unknown): string => made.toString().replaceAll('\t', '  ');

const PAGE_SCRIPT = `(() => {
  'use strict';
  const core = (${sourceOf(pageCore)})();
  const proofs = (${sourceOf(pageProof)})(core);
  (${PAGE_FORM})(core, proofs);
})();
`;

const FORM = `<p>Everything happens in this page: nothing is sent anywhere, and it works without a network.</p>
<section id="pofbs-state" role="status"><p>To check a line, the page needs JavaScript. The script is in the page.</p></section>
<form id="pofbs-form" autocomplete="off"><section>
<p class="field"><label for="pofbs-subject">Your id, or the proof that the custodian gave you</label>
<textarea id="pofbs-subject" class="id" rows="3" spellcheck="false" autocapitalize="off"></textarea></p>
<p class="field"><label for="pofbs-file">or the proof’s file; you may also drop it on this page</label>
<input id="pofbs-file" type="file" accept=".json,application/json"></p>
<details id="pofbs-own" class="data"><summary>I know my wallet and my salt</summary><section>
<p>The id is made from both. With them this page finds your line, and shows that it is yours.</p>
<p class="field"><label for="pofbs-wallet">Wallet address</label>
<input id="pofbs-wallet" class="id" type="text" spellcheck="false" autocapitalize="off"></p>
<p class="field"><label for="pofbs-salt">Salt: 0x and 64 digits</label>
<input id="pofbs-salt" class="id" type="text" spellcheck="false" autocapitalize="off"></p></section></details>
<p class="field"><label for="pofbs-gpmp">The fingerprint (GPMP) that you see on chain for this epoch: 0x and 64 digits. Leave it empty to compare it yourself.</label>
<input id="pofbs-gpmp" class="id" type="text" spellcheck="false" autocapitalize="off"></p>
<p><button type="submit">Check</button></p>
</section></form>
<section id="pofbs-answer" role="status" tabindex="-1"></section>`;
