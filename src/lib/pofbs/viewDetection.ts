/** How likely an omission is noticed, for a person. */

import { type Block, keyed } from '../view.js';
import type { Detection } from './detection.js';

export function detectionBlocks({ checkShare, byOmitted, enough }: Detection): Block[] {
  const found = enough.flatMap(({ percent, omitted }) =>
    omitted === null ? [] : [`${percent} % from ${omitted.toLocaleString('en')} on`],
  );
  return [
    { kind: 'heading', text: 'If somebody were left out' },
    {
      kind: 'paragraph',
      text: `Only the users themselves can see who is missing. If each of them checks with a probability of ${checkShare} %, somebody notices as often as this:`,
    },
    {
      kind: 'table',
      columns: [
        { header: 'users left out', align: 'right' },
        { header: 'somebody notices', align: 'right' },
      ],
      rows: byOmitted.map(({ omitted, probability }) => [
        keyed(omitted.toLocaleString('en'), omitted),
        keyed(probabilityText(probability), probability),
      ]),
    },
    {
      kind: 'paragraph',
      text:
        found.length === 0
          ? 'If nobody checks, nobody notices.'
          : `Somebody notices with at least ${found.join(', with ')}.`,
    },
  ];
}

function probabilityText(probability: number): string {
  const percent = 100 * probability;
  if (probability > 0 && percent < 0.01) return '<0.01 %';
  if (probability < 1 && percent > 99.99) return '>99.99 %';
  return `${percent.toFixed(2).replace(/\.?0+$/, '')} %`;
}
