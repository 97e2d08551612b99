import { armor } from 'age-encryption';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isArmored, unarmored } from '../../../src/lib/pofbs/armor.js';
import { inputOf } from './custodyEpochs.js';

async function decode(text: string, piece = 1 << 16): Promise<Buffer> {
  const input = unarmored(inputOf(new TextEncoder().encode(text), piece));
  const found: Buffer[] = [];
  const block = new Uint8Array(1000);
  for (let count = await input.read(block); count > 0; count = await input.read(block))
    found.push(Buffer.from(block.slice(0, count)));
  return Buffer.concat(found);
}

describe('ASCII armor', () => {
  it('is decoded as age decodes it, in whatever pieces it comes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 400 }),
        fc.integer({ min: 1, max: 90 }),
        async (bytes, piece) => {
          const text = armor.encode(bytes);
          for (const one of [text, text.replaceAll('\n', '\r\n'), `\n  \n${text}\n \n`, text.trimEnd()]) {
            expect(isArmored(new TextEncoder().encode(one))).toBe(true);
            expect((await decode(one, piece)).equals(bytes)).toBe(true);
          }
        },
      ),
      { numRuns: 60 },
    );
    const large = new Uint8Array(300_000).map((_, at) => at * 7);
    expect((await decode(armor.encode(large))).equals(large)).toBe(true);
  });
  it('that was changed in any way is refused, never read as something else', async () => {
    const bytes = new Uint8Array(130).map((_, at) => at);
    const text = armor.encode(bytes);
    const lines = text.split('\n');
    for (const bad of [
      '',
      text.slice(0, -20),
      lines.slice(0, -3).join('\n'),
      lines.toSpliced(2, 1, (lines[2] as string).slice(1)).join('\n'),
      lines.toSpliced(1, 0, 'AAAA').join('\n'),
      lines.toSpliced(1, 0, '').join('\n'),
      text.replace('BEGIN', 'BEGIM'),
      text.replace('A', '!'),
      text.replace('A', '-'),
      `x\n${text}`,
      `${text}x\n`,
      `${text}${text}`,
    ])
      await expect(decode(bad)).rejects.toMatchObject({ code: 'SEALED_BROKEN', exit: 2 });
  });
});
