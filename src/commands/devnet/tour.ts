import { BaseCommand, type Report } from '../../cli/base.js';

export default class DevnetTour extends BaseCommand {
  static override summary = 'See the nomination workflow on a real chain.';
  static override description =
    'Starts the development chain and runs the nomination workflow on it, each step as the command that an operator would type, in a process of its own, with the stake before and after. It closes with the books: every planck of the chain’s total issuance, accounted for. Ends with 0 only if they balance.';
  static override examples = ['<%= config.bin %> devnet tour', '<%= config.bin %> devnet tour --json'];
  static override exitCodes = [0, 1, 2, 4, 9, 130] as const;

  protected async report(): Promise<Report<'devnet.tour/1'>> {
    await this.parse(DevnetTour);
    const { tour } = await import('../../../devnet/tour.js');
    const { tourView } = await import('../../../devnet/tourView.js');
    const { renderText, screenOf } = await import('../../render/index.js');
    const { write } = await import('../../cli/output.js');
    const { verificationError } = await import('../../lib/errors.js');
    const result = await tour({
      signal: this.signal,
      // The narration is the result, told while it happens; with --json it is one object at the end.
      tell: async (view) => {
        if (!this.json)
          await write(process.stdout, `${renderText(view, screenOf(process.stdout, process.env))}\n\n`);
      },
    });
    const error = result.balanced
      ? undefined
      : verificationError('BOOKS', 'The books do not balance.', {
          hint: 'This is a bug: the chain and bursar disagree on where every planck is.',
        });
    return { schema: 'devnet.tour/1', result, view: tourView(result), ...(error ? { error } : {}) };
  }
}
