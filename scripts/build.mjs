// Builds dist/: the TypeScript, the bundles of @polkadot/*, of pages and of the command line, and oclif.manifest.json.
//   node scripts/build.mjs            everything
//   node scripts/build.mjs --vendor   only dist/vendor
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
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

/** Node inflates polkadot's WebAssembly in a tenth of the time that their JavaScript takes, at every start. */
const withNodesZlib = {
  name: 'with-nodes-zlib',
  setup(b) {
    b.onLoad({ filter: /@polkadot[\\/]wasm-util[\\/]fflate\.js$/ }, () => ({
      contents: `import { inflateSync } from 'node:zlib';
        export const unzlibSync = (packed) => new Uint8Array(inflateSync(packed));`,
    }));
  },
};

const COMMONJS = `import{createRequire as __cr}from'node:module';
const require=__cr(import.meta.url),__filename=import.meta.filename,__dirname=import.meta.dirname;`;

/** Modules of one or more entries as few files, in a directory below dist/. */
async function bundle(directory, options) {
  const target = join(root, 'dist', directory);
  // Written beside and renamed: a process that is starting does not see half a bundle.
  const temporary = join(root, 'dist', `.${directory}.${process.pid}`);
  const old = `${temporary}.old`;
  const { metafile } = await build({
    outdir: temporary,
    metafile: true,
    bundle: true,
    // Classes are looked up by their names.
    keepNames: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    legalComments: 'eof',
    // What CommonJS dependencies expect to be there.
    banner: { js: COMMONJS },
    logLevel: 'warning',
    ...options,
  });
  // Which modules are in which file.
  writeFileSync(join(temporary, 'contents.json'), JSON.stringify(contents(metafile, temporary)));
  if (existsSync(target)) renameSync(target, old);
  renameSync(temporary, target);
  rmSync(old, { recursive: true, force: true });
}

const contents = ({ outputs }, directory) =>
  Object.fromEntries(
    Object.entries(outputs).map(([file, { inputs }]) => [
      relative(directory, resolve(file)),
      Object.keys(inputs).map((input) => relative(root, resolve(input))),
    ]),
  );

const vendor = () =>
  bundle('vendor', {
    entryPoints: [join(root, 'src/lib/chain/polkadot.ts')],
    minify: true,
    plugins: [withoutPackageDetect, withNodesZlib],
  });

/**
 * The scripts of pages, each as a module that exports its text: the page carries it, and its policy names it by its hash.
 * Names are as in the sources; keepNames is not set, which takes a helper that a page does not have.
 */
async function pages() {
  const { outputFiles } = await build({
    entryPoints: [join(root, 'src/page/explain/main.ts')],
    bundle: true,
    write: false,
    format: 'iife',
    platform: 'browser',
    target: 'es2022',
    charset: 'ascii',
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'inline',
    logLevel: 'warning',
  });
  const directory = join(root, 'dist', 'pages');
  mkdirSync(directory, { recursive: true });
  writeIfChanged(
    join(directory, 'explain.js'),
    `export const EXPLAIN_SCRIPT = ${JSON.stringify(outputFiles[0].text)};\n`,
  );
}

/** The command line and its workers, from the compiled modules; names stay, for stacks. */
const program = () =>
  bundle('program', {
    entryPoints: {
      main: join(root, 'dist/src/program.js'),
      worker: join(root, 'dist/src/lib/pofbs/worker.js'),
      proofWriter: join(root, 'dist/src/lib/pofbs/files/proofWriter.js'),
    },
    splitting: true,
    // Beside main.js and the workers, as modules look for what is beside them.
    chunkNames: '[name]-[hash]',
    minifyWhitespace: true,
    minifySyntax: true,
    // What is large and seldom needed, or native, stays where it is.
    external: ['#polkadot', '@polkadot/*', '@chainsafe/*'],
  });

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
  await Promise.all([vendor(), pages(), compile()]);
  await program();
  writeIfChanged(join(root, 'oclif.manifest.json'), await manifestText());
  stampBuild(digest);
}

try {
  await (process.argv.includes('--vendor') ? vendor() : all());
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
