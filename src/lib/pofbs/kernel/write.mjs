// node write.mjs KERNEL.wasm: puts the compiled kernel, and the digest of its sources, into ../kernelCode.ts.
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const here = (name) => fileURLToPath(new URL(name, import.meta.url));
const sources = ['Cargo.toml', 'build.sh', 'src/lib.rs', 'src/records.rs'];
const digest = createHash('sha256');
for (const name of sources) digest.update(readFileSync(here(name)));
const base64 = readFileSync(process.argv[2]).toString('base64');
const lines = base64.match(/.{1,400}/g).map((line) => `  '${line}',`);
writeFileSync(
  here('../kernelCode.ts'),
  `/** Compiled from kernel/src by kernel/build.sh: not edited by hand. */

/** SHA-256 over ${sources.join(', ')} of the kernel that this was made from. */
export const KERNEL_SOURCES = '${digest.digest('hex')}';

export const KERNEL_CODE: string = [
${lines.join('\n')}
].join('');
`,
);
