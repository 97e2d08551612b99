// Rewrites what programs rely on, deliberately: the JSON Schemas and the snapshot of the commands. Look at the
// difference before you commit it: whatever it takes away, somebody's script may use.
import { join } from 'node:path';
import { commandsText, manifestText, writeIfChanged } from './manifest.mjs';
import { writeSchemas } from './schemas.mjs';
import { root } from './stamp.mjs';

writeIfChanged(join(root, 'oclif.manifest.json'), await manifestText());
writeIfChanged(join(root, 'test/contracts/commands.json'), await commandsText());
const schemas = writeSchemas();
console.log(
  `oclif.manifest.json, test/contracts/commands.json and ${schemas.length} schemas are up to date.`,
);
