// Runs the conformance vectors below a directory against the built library:
//   node test/conformance/run.mjs [DIR]        (default: test/vectors)
// The last line is "N passed, N failed". Exit codes: 0 all passed, 1 something failed, 2 nothing could be run.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const root = resolve(here, '../..');
const directory = resolve(process.argv[2] ?? join(root, 'test/vectors'));
const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const library = join(root, dirname(exports['.'].default));

const give = (message) => {
  process.stderr.write(`${message}\n`);
  process.exit(2);
};
if (!existsSync(library)) give(`The library is not built: ${library} does not exist. Run: npm run build`);
if (!existsSync(directory)) give(`There is no directory ${directory}.`);

// The runner is TypeScript, which Node 20 does not read; it shares no code with the library that it tests.
const { outputFiles } = await build({
  entryPoints: [join(here, 'runner.ts')],
  bundle: true,
  format: 'esm',
  platform: 'node',
  write: false,
});
const { runDirectory } = await import(
  `data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString('base64')}`
);

const reports = await runDirectory(
  directory,
  (module) => import(pathToFileURL(join(library, `${module}.js`)).href),
);
if (reports.length === 0) give(`No vector files in ${directory}: nothing was tested.`);

let passed = 0;
let failed = 0;
for (const report of reports) {
  passed += report.passed;
  failed += report.failures.length;
  console.log(`${report.file}: ${report.passed} of ${report.passed + report.failures.length} passed`);
  for (const { name, op, reason } of report.failures) console.log(`  FAILED ${name} (${op}): ${reason}`);
}
console.log(`${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
