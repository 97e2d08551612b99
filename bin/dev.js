#!/usr/bin/env node
// Compiles what changed, then runs the command line with stack traces.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const compiler = `${root}/node_modules/typescript/bin/tsc`;
const { status } = spawnSync(process.execPath, [compiler, '-p', root], { stdio: ['ignore', 2, 2] });
if (status !== 0) process.exit(2);
process.env.BURSAR_DEBUG ??= '1';
await import('./run.js');
