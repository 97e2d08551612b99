// Prints "PASSED FAILED" of a step: node .ci/totals.mjs vitest|conformance FILE
import { readFileSync } from 'node:fs';
import { relative } from 'node:path';

const [kind, file] = process.argv.slice(2);
const text = readFileSync(file, 'utf8');

/** Names a failure on stderr: .ci/run repeats these at the end of a long output, where somebody looks first. */
const tell = (what) => process.stderr.write(`  FAILED ${what.slice(0, 2000)}\n`);

function vitest() {
  const { numPassedTests, numFailedTests, testResults } = JSON.parse(text);
  // A file that could not be loaded has no test that failed.
  const broken = testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((one) => one.status === 'failed'),
  );
  for (const { name, assertionResults } of testResults)
    for (const { status, fullName, failureMessages } of assertionResults)
      if (status === 'failed')
        tell(`${relative(process.cwd(), name)}: ${fullName}\n    ${failureMessages[0]}`);
  for (const { name } of broken) tell(`${relative(process.cwd(), name)}: could not be loaded`);
  return [numPassedTests, numFailedTests + broken.length];
}

/** Vectors of mechanisms that bursar does not have yet are counted apart: they fail in the runner, by name. */
function conformance() {
  const [, passed, failed] = /(\d+) passed, (\d+) failed\s*$/.exec(text);
  const missing = text.match(/^ {2}FAILED .*: no implementation of op /gm)?.length ?? 0;
  if (missing > 0)
    process.stderr.write(`  ${missing} vectors are of mechanisms that are not implemented yet.\n`);
  return [Number(passed), Number(failed) - missing];
}

process.stdout.write(`${(kind === 'vitest' ? vitest() : conformance()).join(' ')}\n`);
