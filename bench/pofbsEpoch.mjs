// Epochs of any size, the same bytes each time: a snapshot of about 107 bytes a row, its manifest and its saved tree.
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';

const HEX = Buffer.from('0123456789abcdef');

/** xoshiro128**, seeded by a constant. */
function random() {
  let [a, b, c, d] = [0x9e3779b9, 0x243f6a88, 0xb7e15162, 0xdeadbeef];
  return () => {
    const shifted = b << 9;
    let result = Math.imul(b, 5);
    result = Math.imul((result << 7) | (result >>> 25), 9);
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = (d << 11) | (d >>> 21);
    return result >>> 0;
  };
}

/** Writes a snapshot: totals of up to 19 digits, one row in twenty with a request. */
function writeSnapshot(path, rows) {
  const file = openSync(path, 'w');
  const buffer = Buffer.allocUnsafe(1 << 20);
  const next = random();
  let at = buffer.write('id,total,withdrawable,request\n', 'latin1');
  const word = (value) => {
    for (let shift = 28; shift >= 0; shift -= 4) buffer[at++] = HEX[(value >>> shift) & 15];
  };
  const step = 2 ** 48 / rows;
  for (let row = 0; row < rows; row++) {
    if (at > buffer.length - 300) {
      writeSync(file, buffer, 0, at);
      at = 0;
    }
    // Ids ascend because each has its own stretch of the first 48 bits.
    const first = Math.floor(row * step) + (next() % Math.floor(step));
    word(Math.floor(first / 65_536));
    word((((first % 65_536) << 16) | (next() & 0xffff)) >>> 0);
    for (let rest = 0; rest < 6; rest++) word(next());
    const total = 1_000_000_000 + next();
    const withdrawable = Math.floor(total / 2) + (next() % 500_000_000);
    const request = next() % 20 === 0 ? next() % 400_000_000 : 0;
    // Nine more digits, so that amounts are those of an asset with 18 decimals.
    const tail = String(next() % 1_000_000_000).padStart(9, '0');
    at += buffer.latin1Write(
      `,${total}${tail},${withdrawable}${tail},${request === 0 ? '0' : request}\n`,
      at,
    );
  }
  writeSync(file, buffer, 0, at);
  closeSync(file);
}

/** An epoch of one asset in a new directory; returns its total and a row's id. */
export async function makeEpoch(directory, rows) {
  const library = '../dist/src/lib/pofbs';
  const { summarize } = await import(`${library}/engine.js`);
  const { openInput } = await import(`${library}/files/input.js`);
  const { toHex } = await import(`${library}/gpmp.js`);
  const { makeManifest, manifestBytes } = await import(`${library}/manifest.js`);
  mkdirSync(directory);
  const path = join(directory, 'USDC.csv');
  writeSnapshot(path, rows);
  const input = await openInput(path);
  const { root, sha256, cids, offsets, bytes, lastId } = await summarize(input);
  await input.close();
  const { total, requests, hash } = root;
  const cid = cids['unixfs-v1-2025'];
  const sums = { asset: 'USDC', decimals: 18, rows, total, requests, root: toHex(hash) };
  const manifest = makeManifest({
    chain: `0x${'11'.repeat(32)}`,
    custody: `0x${'22'.repeat(32)}`,
    epoch: 1,
    prevGpmp: `0x${'00'.repeat(32)}`,
    timestamp: 1_800_000_000,
    assetBlock: null,
    cidProfile: 'unixfs-v1-2025',
    assets: [{ ...sums, file: 'USDC.csv', bytes, sha256, cid, offsets }],
  });
  writeFileSync(join(directory, 'manifest.json'), manifestBytes(manifest));
  return { path, bytes, total, gpmp: manifest.gpmp, id: Buffer.from(lastId).toString('hex') };
}
