import type { Report } from '../cli/base.js';
import { ChainCommand } from '../cli/chainCommand.js';

export default class Doctor extends ChainCommand {
  static override summary = 'Check everything before money moves.';
  static override description =
    'Node version, key file modes, unresolved transactions, every endpoint with its latency, the chain’s identity and clock, and what it offers. One line a check, with what to do. Nothing is unlocked or sent.';
  static override examples = [
    '<%= config.bin %> doctor --network devnet',
    "<%= config.bin %> doctor --network polkadot --json | jq '.result.checks[] | select(.ok != true)'",
  ];

  protected async report(): Promise<Report<'doctor/1'>> {
    const { flags } = await this.parse(Doctor);
    const settings = await this.settings(flags);
    const { diagnose } = await import('../lib/doctor/doctor.js');
    const { statusCommand } = await import('../cli/followUp.js');
    const { diagnosisView } = await import('../lib/doctor/view.js');
    const { failedCheckError } = await import('../lib/tx/preflight.js');
    const { networks } = await import('../config/networks/index.js');
    const result = await diagnose({
      ...settings,
      networks,
      node: {
        version: process.versions.node,
        minimum: String(this.config.pjson.engines?.node).replace(/^\D*/, ''),
      },
      now: Date.now,
      signal: this.signal,
      onProgress: this.progress.stage,
      resolveWith: statusCommand(settings),
      onFork: (fork) => this.onFork(fork),
    });
    const error = result.exit === 0 ? undefined : failedCheckError(result.checks, result.exit);
    return {
      schema: 'doctor/1',
      result,
      view: diagnosisView(result, settings.networkTitle),
      ...(error ? { error } : {}),
    };
  }
}
