import { describe, expect, it } from 'vitest';
import { cidMeaning, sameCid } from '../../../src/lib/pofbs/cidText.js';

// One file under both profiles; the other spellings of the multiformats specifications' tools.
const V1 = 'bafkreihoigjiyvec37tx7ubniwfm67mgdh7g55sfhu27y6qp4q6pvfzlta';
const V0 = 'QmT78zSuBmuS4z925WZfrqQ1qHaJ56DQaTfyMUF7F8ff5o';
const bytesOf = (cid: string): Buffer => {
  const found = cidMeaning(cid);
  if (typeof found === 'string') throw new Error(found);
  const varint = found.codec === 0x70 ? '70' : '55';
  return Buffer.from(`01${varint}${found.multihash}`, 'hex');
};
const digits = (bytes: Buffer, alphabet: string): string => {
  let value = BigInt(`0x${bytes.toString('hex')}`);
  let text = '';
  for (; value > 0n; value /= BigInt(alphabet.length))
    text = alphabet[Number(value % BigInt(alphabet.length))] + text;
  return text;
};
const BASE58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
const BASE36 = '0123456789abcdefghijklmnopqrstuvwxyz';
const bits = (bytes: Buffer, alphabet: string, width: number): string => {
  const all = [...bytes].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  const padded = all.padEnd(Math.ceil(all.length / width) * width, '0');
  return (padded.match(new RegExp(`.{${width}}`, 'g')) ?? [])
    .map((group) => alphabet[Number.parseInt(group, 2)])
    .join('');
};
const spellings = (cid: string): string[] => {
  const bytes = bytesOf(cid);
  const base32 = bits(bytes, 'abcdefghijklmnopqrstuvwxyz234567', 5);
  return [
    `b${base32}`,
    `B${base32.toUpperCase()}`,
    `f${bytes.toString('hex')}`,
    `F${bytes.toString('hex').toUpperCase()}`,
    `z${digits(bytes, BASE58)}`,
    `k${digits(bytes, BASE36)}`,
    `K${digits(bytes, BASE36).toUpperCase()}`,
    `v${bits(bytes, '0123456789abcdefghijklmnopqrstuv', 5)}`,
    `m${bytes.toString('base64').replace(/=+$/, '')}`,
    `M${bytes.toString('base64')}`,
    `u${bytes.toString('base64url')}`,
  ];
};

describe('a CID', () => {
  it.each([V1, V0])('%s is the same in every base, and in every address', (cid) => {
    for (const one of [cid, ...spellings(cid)]) {
      expect([one, sameCid(cid, ` ${one}\n`)]).toEqual([one, true]);
      // Base64 has slashes, which no address can hold.
      if (one.includes('/')) continue;
      for (const text of [
        `ipfs://${one}`,
        `IPFS://${one}/`,
        `/ipfs/${one}`,
        `https://ipfs.io/ipfs/${one}`,
        `https://gateway.example:8080/ipfs/${one}?filename=USDC.csv`,
        `https://${one}.ipfs.dweb.link/`,
      ])
        expect([text, sameCid(cid, text)]).toEqual([text, true]);
    }
  });
  it('of version 0 is that of version 1 with the codec dag-pb, and not the raw one', () => {
    const base32 = spellings(V0)[0] as string;
    expect(base32).toMatch(/^bafybei/);
    expect(sameCid(V0, base32)).toBe(true);
    const raw = Buffer.from(bytesOf(V0));
    raw[1] = 0x55;
    expect(sameCid(V0, `f${raw.toString('hex')}`)).toBe(false);
  });
  it('with a changed digit is another, or none', () => {
    for (const cid of [V1, V0, ...spellings(V1)])
      for (let at = 1; at < cid.length; at++) {
        const other = cid[at] === '7' ? '6' : '7';
        const text = cid.slice(0, at) + other + cid.slice(at + 1);
        if (text.toLowerCase() !== cid.toLowerCase())
          expect([text, sameCid(cid, text)]).toEqual([text, false]);
      }
  });
  it('that is none is the same as nothing else', () => {
    for (const text of [
      '',
      'x',
      'bafk',
      `${V1}a`,
      V1.slice(0, -1),
      `ipfs://${V1}/USDC.csv`,
      `https://ipfs.io/ipfs/${V1}/USDC.csv`,
      `https://example.com/${V1}`,
      `Qm${'1'.repeat(44)}`,
      `f01${'55'.repeat(40)}`,
      'b'.repeat(100_000),
    ])
      for (const cid of [V1, V0])
        expect([text.slice(0, 40), sameCid(cid, text)]).toEqual([text.slice(0, 40), false]);
    expect(sameCid('x', 'x')).toBe(true);
  });
});
