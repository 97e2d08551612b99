/** `pofbs check`: a proof's file, and the GPMP that it is held against. */

import { usageError, verificationError } from '../../errors.js';
import { quoteReadable } from '../../numeric/text.js';
import { ARTIFACTS, artifactOf } from '../artifact.js';
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
      ? { gpmp: await gpmpOfManifest(options.manifest ?? ''), from: 'manifest', ...wallet }
      : { gpmp: options.gpmp, from: 'flag', ...wallet };
  return checkProof(await readArtifact(path, 'proof', MAX_PROOF_BYTES), trusted);
}

async function gpmpOfManifest(path: string): Promise<string> {
  const manifest = parseManifest(await readArtifact(manifestPath(path), 'manifest', MAX_MANIFEST_BYTES));
  const gpmp = gpmpOf(manifest, manifest.assets);
  if (gpmp === manifest.gpmp) return gpmp;
  throw verificationError('R_GPMP', `The manifest says the GPMP is ${manifest.gpmp}; it comes to ${gpmp}.`, {
    hint: 'Do not trust this manifest. Take the GPMP from the chain and give it with --gpmp.',
  });
}

const INSTEAD = {
  proof: 'What is named first here is the file of a proof; a manifest is given with --manifest.',
  manifest:
    'Give the epoch’s manifest.json or its directory, or take the GPMP from the chain and give it with --gpmp.',
} as const;

/** @throws usage INPUT_KIND for a file that is plainly another one; what is nothing that is known may be a damaged proof */
async function readArtifact(path: string, what: keyof typeof INSTEAD, maxBytes: number): Promise<Uint8Array> {
  const bytes = await readSmallFile(path, { what, maxBytes });
  const found = artifactOf(bytes);
  if (found === null || found === what) return bytes;
  const { is, hint } = ARTIFACTS[found];
  const shown = path === '-' ? 'Standard input' : quoteReadable(path, 200);
  throw usageError('INPUT_KIND', `${shown} is ${is}, not a ${what}.`, {
    hint: what === 'proof' ? `${hint} ${INSTEAD.proof}` : INSTEAD.manifest,
  });
}
