/** `pofbs check`: a proof's file, and the GPMP that it is held against. */

import { verificationError } from '../../errors.js';
import { type CheckedProof, checkProof, type Trusted } from '../checkProof.js';
import { gpmpOf, toHex } from '../gpmp.js';
import { MAX_PROOF_BYTES } from '../proof.js';
import { parseWallet } from '../wallet.js';
import { readManifest } from './epochs.js';
import { readSmallFile } from './small.js';

export interface CheckOptions {
  /** 0x hex. */
  readonly gpmp?: string | undefined;
  /** Path of the manifest to take it from instead. */
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
  return checkProof(await readSmallFile(path, { what: 'proof', maxBytes: MAX_PROOF_BYTES }), trusted);
}

async function gpmpOfManifest(path: string): Promise<string> {
  const manifest = await readManifest(path);
  const gpmp = gpmpOf(manifest, manifest.assets);
  if (gpmp === manifest.gpmp) return gpmp;
  throw verificationError('R_GPMP', `The manifest says the GPMP is ${manifest.gpmp}; it comes to ${gpmp}.`, {
    hint: 'Do not trust this manifest. Take the GPMP from the chain and give it with --gpmp.',
  });
}
