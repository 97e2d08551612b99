#!/usr/bin/env node
// Compiles what changed, then runs the compiled modules with stack traces. Needs a build (node scripts/ensure.mjs) before.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const compiler = `${root}/node_modules/typescript/bin/tsc`;
const { status } = spawnSync(process.execPath, [compiler, '-p', root], { stdio: ['ignore', 2, 2] });
if (status !== 0) process.exit(2);
process.env.BURSAR_DEBUG ??= '1';
// The modules one by one: stacks then name the sources.
const { run } = await import('../dist/src/program.js');
await run(root);
