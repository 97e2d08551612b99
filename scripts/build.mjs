// Builds dist/: the TypeScript, the bundled facade over @polkadot/*, and from them oclif.manifest.json.
//   node scripts/build.mjs            everything
//   node scripts/build.mjs --vendor   only dist/vendor
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { manifestText, writeIfChanged } from './manifest.mjs';
import { root, sourcesDigest, stampBuild } from './stamp.mjs';

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

function compile() {
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const child = spawn(process.execPath, [compiler, '-p', 'tsconfig.json'], {
    cwd: root,
    stdio: ['ignore', 2, 2],
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (status) =>
      status === 0 ? resolve() : reject(new Error('The sources do not compile.')),
    );
  });
}

/** oclif finds commands by looking into a directory: a file whose source is gone would still be one. */
function removeStale(directory) {
  const full = join(root, 'dist', directory);
  if (!existsSync(full)) return;
  for (const entry of readdirSync(full, { withFileTypes: true })) {
    const path = `${directory}/${entry.name}`;
    if (entry.isDirectory()) removeStale(path);
    const source = entry.isDirectory() ? path : path.replace(/(\.d\.ts|\.js)$/, '.ts');
    if (!existsSync(join(root, source))) rmSync(join(root, 'dist', path), { recursive: true });
  }
}

/** An incremental compiler does not write again what somebody deleted. */
function forgetIfIncomplete() {
  if (!existsSync(join(root, 'dist/src/cli/main.js')))
    rmSync(join(root, 'dist/.tsbuildinfo'), { force: true });
}

async function all() {
  const digest = sourcesDigest();
  removeStale('src');
  removeStale('devnet');
  forgetIfIncomplete();
  await Promise.all([vendor(), compile()]);
  writeIfChanged(join(root, 'oclif.manifest.json'), await manifestText());
  stampBuild(digest);
}

try {
  await (process.argv.includes('--vendor') ? vendor() : all());
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
