#!/usr/bin/env node
import module from 'node:module';
import { fileURLToPath } from 'node:url';

// Node 22 and later keep compiled code between runs; Node 20 does without.
module.enableCompileCache?.();

const { main } = await import('../dist/src/cli/main.js');
await main(fileURLToPath(new URL('..', import.meta.url)));
