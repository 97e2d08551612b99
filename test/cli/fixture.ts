import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { REPOSITORY } from './process.js';

/**
 * A command line of its own, made of bursar's base command and of commands that end in every way a command can end.
 * @returns the path of its run.js
 */
export function fixture(): string {
  const root = mkdtempSync(join(tmpdir(), 'bursar-cli-'));
  mkdirSync(join(root, 'bin'));
  mkdirSync(join(root, 'commands'));
  symlinkSync(join(REPOSITORY, 'node_modules'), join(root, 'node_modules'));
  symlinkSync(join(REPOSITORY, 'dist'), join(root, 'dist'));
  writeFileSync(
    join(root, 'package.json'),
    JSON.stringify({
      name: 'fixture',
      version: '1.0.0',
      type: 'module',
      oclif: { bin: 'fixture', dirname: 'fixture', commands: './commands', topicSeparator: ' ' },
    }),
  );
  const main = `${REPOSITORY}dist/src/cli/main.js`;
  writeFileSync(
    join(root, 'bin', 'run.js'),
    `import { main } from ${JSON.stringify(main)};\nawait main(${JSON.stringify(`${root}/`)});\n`,
  );
  for (const [name, body] of Object.entries(COMMANDS)) {
    writeFileSync(join(root, 'commands', `${name}.js`), PRELUDE + body);
  }
  return join(root, 'bin', 'run.js');
}

const PRELUDE = `
import { BaseCommand } from ${JSON.stringify(`${REPOSITORY}dist/src/cli/base.js`)};
import * as flags from ${JSON.stringify(`${REPOSITORY}dist/src/cli/flags.js`)};
import * as errors from ${JSON.stringify(`${REPOSITORY}dist/src/lib/errors.js`)};
import { string } from '@oclif/core/args';
import { string as text } from '@oclif/core/flags';
const view = (text) => ({ blocks: [{ kind: 'paragraph', text }] });
`;

const COMMANDS: Readonly<Record<string, string>> = {
  ok: `
export default class Ok extends BaseCommand {
  static args = { first: string(), second: string() };
  static flags = { ...flags.sendFlags, level: text({ options: ['low', 'high'] }), count: flags.countFlag({ min: 1, max: 9 }) };
  async report() {
    const { args, flags } = await this.parse(Ok);
    this.notice('a note');
    return { schema: 'ok/1', result: { args, flags, planck: 12345678901234567890n }, view: view('fine') };
  }
}`,
  page: `
export default class Page extends BaseCommand {
  static args = { how: string() };
  static flags = { html: flags.htmlFlag() };
  async report() {
    const { args } = await this.parse(Page);
    this.notice('working');
    const report = { schema: 'page/1', result: 'done', view: { title: 'A <title>', blocks: view('fine').blocks } };
    if (args.how === 'script') return { ...report, text: 'verbatim' };
    if (args.how === 'failed') return { ...report, error: new errors.BursarError(9, 'FALSE', 'It is false.') };
    if (args.how === 'thrown') throw new errors.BursarError(4, 'THROWN', 'Nothing was found out.');
    if (args.how === 'full') (await import('node:fs')).mkdirSync(process.env.FIXTURE_FILE);
    const app = { title: 'Check', html: '<p id="here"></p>', script: 'void 0;', data: { planck: 5n } };
    return { ...report, page: { app, sources: [{ chain: 'Test', block: 7, hash: '0x07', timestamp: 0 }] } };
  }
}`,
  secret: `
export default class Secret extends BaseCommand {
  static flags = { need: text({ required: true }), hidden: text({ env: 'FIXTURE_SECRET' }) };
  async report() { await this.parse(Secret); }
}`,
  fail: `
export default class Fail extends BaseCommand {
  static args = { exit: string({ required: true }) };
  async report() {
    const { args } = await this.parse(Fail);
    throw new errors.BursarError(Number(args.exit), 'SOME_CODE', 'It went wrong.', { hint: 'Do this.', details: { planck: 5n } });
  }
}`,
  both: `
export default class Both extends BaseCommand {
  async report() {
    await this.parse(Both);
    const error = new errors.BursarError(8, 'INNER', 'The inner call failed.');
    return { schema: 'both/1', result: { hash: '0x01' }, view: view('included'), error };
  }
}`,
  sent: `
export default class Sent extends BaseCommand {
  async report() {
    await this.parse(Sent);
    const serve = async () => (await import('node:fs')).writeFileSync(process.env.FIXTURE_FILE, 'told');
    return { schema: 'sent/1', result: 'in a block', view: view('in a block'), serve };
  }
}`,
  noisy: `
export default class Noisy extends BaseCommand {
  async report() {
    await this.parse(Noisy);
    for (let i = 0; i < 3; i += 1) this.notice('note ' + i);
    return { schema: 'noisy/1', result: 'fine', view: view('fine') };
  }
}`,
  noop: `
export default class Noop extends BaseCommand {
  async report() { await this.parse(Noop); return { schema: 'noop/1', result: null, view: view('nothing to do'), exit: 3 }; }
}`,
  bug: `
export default class Bug extends BaseCommand {
  async report() { await this.parse(Bug); return undefined.property; }
}`,
  stray: `
export default class Stray extends BaseCommand {
  async report() { await this.parse(Stray); setTimeout(() => { throw new Error('stray'); }, 10); await new Promise((r) => setTimeout(r, 60000)); }
}`,
  large: `
export default class Large extends BaseCommand {
  async report() {
    await this.parse(Large);
    const rows = Array.from({ length: 40000 }, (_, i) => 'row number ' + i);
    setInterval(() => {}, 1000);
    return { schema: 'large/1', result: rows, view: { blocks: [{ kind: 'list', items: rows }] } };
  }
}`,
  wait: `
export default class Wait extends BaseCommand {
  static args = { how: string({ required: true }) };
  async report() {
    const { args } = await this.parse(Wait);
    const open = setInterval(() => {}, 1000);
    this.notice('waiting');
    if (args.how === 'deaf') await new Promise(() => {});
    await new Promise((resolve) => this.signal.addEventListener('abort', resolve));
    clearInterval(open);
    if (args.how === 'sent') throw errors.outcomeUnknownError('OUTCOME_UNKNOWN', 'It was sent.');
    if (args.how === 'clean') return { schema: 'wait/1', result: 'stopped', view: view('stopped') };
    throw new Error('the socket closed under the reader');
  }
}`,
  ask: `
export default class Ask extends BaseCommand {
  static flags = flags.sendFlags;
  async report() {
    const { flags } = await this.parse(Ask);
    const { agreed } = await import(${JSON.stringify(`${REPOSITORY}dist/src/cli/prompt.js`)});
    const yes = await agreed('Send it?', flags.yes, this.promptContext);
    return { schema: 'ask/1', result: yes, view: view(String(yes)) };
  }
}`,
};
