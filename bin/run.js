#!/usr/bin/env node
import { existsSync } from 'node:fs';
import module from 'node:module';
import { fileURLToPath } from 'node:url';

// Node 22 and later keep compiled code between runs; Node 20 does without.
module.enableCompileCache?.();

if (!existsSync(new URL('../dist/program/main.js', import.meta.url))) {
  process.stderr.write(
    'error: bursar is not built.\nhint: Run `node scripts/ensure.mjs` in its directory.\n',
  );
  process.exit(2);
}

const { run } = await import('../dist/program/main.js');
await run(fileURLToPath(new URL('..', import.meta.url)));
