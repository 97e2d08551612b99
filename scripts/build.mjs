// Builds dist/: the TypeScript, the bundled facade over @polkadot/*, the oclif manifest and the JSON Schemas.
//   node scripts/build.mjs            everything
//   node scripts/build.mjs --vendor   only dist/vendor
import { spawnSync } from 'node:child_process';
import { mkdirSync, renameSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/**
 * polkadot's packages each register themselves in a global to warn of second copies. The bundle is one deliberate copy,
 * so that bookkeeping is left out: a program that uses bursar as a library beside its own @polkadot/api sees no warning.
 */
const withoutPackageDetect = {
  name: 'without-package-detect',
  setup(b) {
    b.onLoad({ filter: /@polkadot[\\/][^\\/]+[\\/]packageDetect\.js$/ }, () => ({
      contents: '',
      loader: 'js',
    }));
  },
};

async function vendor() {
  const outdir = join(root, 'dist', 'vendor');
  mkdirSync(outdir, { recursive: true });
  // Written beside and renamed: a process that is starting never sees half a bundle.
  const temporary = join(outdir, `.polkadot.${process.pid}.js`);
  await build({
    entryPoints: [join(root, 'src/lib/chain/polkadot.ts')],
    outfile: temporary,
    bundle: true,
    minify: true,
    // polkadot looks classes up by their names.
    keepNames: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    legalComments: 'external',
    plugins: [withoutPackageDetect],
    // Some CommonJS dependencies call require() for Node's own modules.
    banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
    logLevel: 'warning',
  });
  renameSync(temporary, join(outdir, 'polkadot.js'));
  renameSync(`${temporary}.LEGAL.txt`, join(outdir, 'polkadot.js.LEGAL.txt'));
}

function run(command, ...args) {
  const { status } = spawnSync(process.execPath, [join(root, command), ...args], {
    cwd: root,
    stdio: 'inherit',
  });
  if (status !== 0) process.exit(status ?? 1);
}

await vendor();
if (!process.argv.includes('--vendor')) {
  run('node_modules/typescript/bin/tsc', '-p', 'tsconfig.json');
}
