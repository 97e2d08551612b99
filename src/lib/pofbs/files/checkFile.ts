/** `pofbs check`: a proof's file, and the GPMP that it is held against. */

import { usageError, verificationError } from '../../errors.js';
import { quoteReadable } from '../../numeric/text.js';
import { ARTIFACTS, artifactOf, formatOf } from '../artifact.js';
import { type CheckedProof, checkProof, type Trusted } from '../checkProof.js';
import { gpmpOf, toHex } from '../gpmp.js';
import { parseManifest } from '../manifest.js';
import { MAX_PROOF_BYTES } from '../proof.js';
import { parseWallet } from '../wallet.js';
import { manifestPath } from './epochs.js';
import { MAX_MANIFEST_BYTES, readSmallFile } from './small.js';

export interface CheckOptions {
  /** 0x hex. */
  readonly gpmp?: string | undefined;
  /** Path of the manifest to take it from instead, or of its directory. */
  readonly manifest?: string | undefined;
  /** SS58 or 0x hex. */
  readonly wallet?: string | undefined;
}

/**
 * @param path of the proof, or `-`
 * @throws usage INPUT_…, WALLET, ADDRESS_…; verification PROOF_FORM, R_MANIFEST, R_GPMP
 */
export async function checkProofFile(path: string, options: CheckOptions): Promise<CheckedProof> {
  const wallet = options.wallet === undefined ? {} : { wallet: toHex(parseWallet(options.wallet)) };
  const trusted: Trusted =
    options.gpmp === undefined
      ? { ...(await trustedManifest(options.manifest ?? '')), from: 'manifest', ...wallet }
      : { gpmp: options.gpmp, from: 'flag', ...wallet };
  return checkProof(await readArtifact(path, 'proof', MAX_PROOF_BYTES), trusted);
}

async function trustedManifest(path: string): Promise<{ gpmp: string; assets: string[] }> {
  const manifest = parseManifest(await readArtifact(manifestPath(path), 'manifest', MAX_MANIFEST_BYTES));
  const gpmp = gpmpOf(manifest, manifest.assets);
  if (gpmp === manifest.gpmp) return { gpmp, assets: manifest.assets.map(({ asset }) => asset) };
  throw verificationError('R_GPMP', `The manifest says the GPMP is ${manifest.gpmp}; it comes to ${gpmp}.`, {
    hint: 'Do not trust this manifest. Take the GPMP from the chain and give it with --gpmp.',
  });
}

const INSTEAD = {
  proof: 'What is named first here is the file of a proof; a manifest is given with --manifest.',
  manifest:
    'Give the epoch’s manifest.json or its directory, or take the GPMP from the chain and give it with --gpmp.',
} as const;

/**
 * @throws usage INPUT_KIND for a file that is another one, or no proof of this kind: it was not shown to be false, it could
 *   not be judged. What says that it is one and is not well formed is a proof that does not hold.
 */
async function readArtifact(path: string, what: keyof typeof INSTEAD, maxBytes: number): Promise<Uint8Array> {
  const bytes = await readSmallFile(path, { what, maxBytes });
  const found = artifactOf(bytes);
  if (found === what || (found === null && what === 'manifest')) {
    if (what === 'proof') refuseUnknownVersion(path, formatOf(bytes));
    return bytes;
  }
  if (found === null) {
    if (SAYS_IT_IS_ONE.test(Buffer.from(bytes).toString('latin1'))) return bytes;
    throw otherProof(path);
  }
  const { is, hint } = ARTIFACTS[found];
  throw usageError('INPUT_KIND', `${shownPath(path)} is ${is}, not a ${what}.`, {
    hint: what === 'proof' ? `${hint} ${INSTEAD.proof}` : INSTEAD.manifest,
  });
}

/** In a proof that was cut off or changed, so that it is no JSON any more, its format can still be read. */
const SAYS_IT_IS_ONE = /"format":"pofbs\.(?:inclusion|fraud)\/1"/;

const shownPath = (path: string): string => (path === '-' ? 'Standard input' : quoteReadable(path, 200));

const otherProof = (path: string) =>
  usageError(
    'INPUT_KIND',
    `${shownPath(path)} is no proof that bursar can check: it does not have the form pofbs.inclusion/1 or pofbs.fraud/1.`,
    {
      hint: `A proof from an exchange or tool with a form of its own is checked with their program; nothing is said about it here. ${INSTEAD.proof}`,
    },
  );

function refuseUnknownVersion(path: string, format: string): void {
  if (/\/1$/.test(format)) return;
  throw usageError(
    'INPUT_KIND',
    `${shownPath(path)} is a proof of the form ${quoteReadable(format, 40)}, which this bursar does not know.`,
    { hint: `Use a newer bursar, which knows that form. ${INSTEAD.proof}` },
  );
}
