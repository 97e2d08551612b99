/** The program: the command line with its commands, of which the build makes one file (dist/program/main.js). */

import { main } from './cli/main.js';

/** @param root directory of package.json */
export const run = (root: string): Promise<never> =>
  main(root, { load: (id) => import(`./commands/${id.replaceAll(':', '/')}.js`) });
