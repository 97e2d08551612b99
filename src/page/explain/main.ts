/**
 * The script of the page that `pofbs explain --html` writes. The build bundles it into one classic script
 * (scripts/build.mjs), which the page carries and names by its hash.
 */

import { answer, typed } from './answer.js';
import { addStyle, copied, field, note, part, qrCode, strong } from './dom.js';
import { type PageData, type ReadEpoch, readEpoch } from './epoch.js';
import { refuse } from './lines.js';
import { count } from './words.js';

const data = JSON.parse(document.getElementById('app-data')?.textContent ?? '') as PageData;

/** Everything that the page holds was read again, and nothing in it contradicts itself. */
function showEpoch(epoch: ReadEpoch, proved: string | null): void {
  const bad = data.refused === null ? [] : [refusedNote(data.refused)];
  part('state').replaceChildren(...bad, readNote(epoch, bad.length > 0), ...codeNotes(epoch, proved));
}

const refusedNote = (why: string): HTMLElement =>
  note(
    'bad',
    strong('Do not rely on this. '),
    `When this page was made, it was found that it does not hold: ${why}.`,
  );

function readNote({ assets, trees, gpmp }: ReadEpoch, refused: boolean): HTMLElement {
  if (gpmp === null)
    return note('muted', 'This page holds a proof. Press Check, best with the code that was published.');
  if (trees === null)
    return note(
      'muted',
      'This page holds the statement of the epoch. To check your line, paste the proof file that the custodian gave you.',
    );
  const rows = assets.reduce((sum, asset) => sum + asset.rows, 0);
  const lines = rows === 1 ? 'its only line' : `all of its ${count(rows, 'line')}`;
  return note(
    refused ? 'muted' : 'good',
    `This page has just read ${lines} again. They add up to what is stated, no id occurs twice, and nobody has a negative balance.`,
  );
}

/**
 * Where the code is published and what it must be; of a proof, whose code the reader brings, only where.
 * @param proved the code under which the reader had something proved
 */
function codeNotes({ gpmp }: ReadEpoch, proved: string | null): HTMLElement[] {
  if (proved !== null)
    return [note('good', 'The code that you typed is the right one: ', copied(proved, 'the code'))];
  if (gpmp === null) return [note('warn', `${data.where} Type the code that you find there into the field.`)];
  return [
    note(
      'warn',
      `${data.where} The code there must be exactly: `,
      copied(gpmp, 'the code'),
      qrCode(gpmp, 'QR code of the code of this epoch'),
    ),
  ];
}

const whole = readEpoch(data);
whole.then(
  (epoch) => showEpoch(epoch, null),
  (error: Error) => part('state').replaceChildren(refuse(`Do not trust this page. ${error.message}`)),
);

async function check(event: Event): Promise<void> {
  event.preventDefault();
  part('answer').replaceChildren(note('muted', 'Checking…'));
  const epoch = await whole.catch((error: Error) => error);
  part('answer').replaceChildren(
    ...(epoch instanceof Error ? [refuse(`Do not trust this page. ${epoch.message}`)] : answered(epoch)),
  );
  part('answer').focus();
}

function answered(epoch: ReadEpoch): readonly (Node | string)[] {
  try {
    const said = typed();
    const { shown, proved } = answer(data, epoch, said);
    showEpoch(epoch, proved ? said.gpmp : null);
    return shown;
  } catch (error) {
    showEpoch(epoch, null);
    return [note('warn', (error as Error).message)];
  }
}

const MAX_PROOF = 2 ** 20;

async function take(file: File | null | undefined): Promise<void> {
  if (file === null || file === undefined) return;
  field('subject').value = file.size > MAX_PROOF ? '' : await file.text();
  (part('form') as HTMLFormElement).requestSubmit();
}

part('form').addEventListener('submit', check);
part('file').addEventListener('change', () => take(field('file').files?.[0]));
addEventListener('dragover', (event) => event.preventDefault());
addEventListener('drop', (event) => {
  event.preventDefault();
  take(event.dataTransfer?.files[0]);
});

addStyle();
if (data.snapshots === null) part('own').hidden = data.proof === null;
if (data.proof !== null) field('subject').value = data.proof;
