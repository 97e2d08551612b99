/**
 * The arithmetic of a page that proves a line in a browser: SHA-256, the tree, the commitments and the GPMP, without any
 * import. The page carries this function's own source text (explainPage.ts), so that what is tested here is what runs
 * there; a page that is opened from a disk has no WebCrypto in every browser.
 *
 * It is a second implementation of tree.ts, gpmp.ts and id.ts; tests hold it to them.
 */

export type PageCore = ReturnType<typeof pageCore>;

export interface PageNode {
  readonly hash: Uint8Array;
  readonly total: bigint;
  readonly requests: bigint;
}

export interface PageRow {
  readonly id: string;
  readonly total: bigint;
  readonly withdrawable: bigint;
  readonly request: bigint;
}

export interface PageHeader {
  readonly chain: string;
  readonly custody: string;
  readonly epoch: number;
  readonly prevGpmp: string;
  readonly timestamp: number;
}

export interface PageSummary {
  readonly asset: string;
  readonly decimals: number;
  readonly rows: number;
  readonly total: bigint;
  readonly requests: bigint;
  readonly root: string;
}

/** A snapshot and its whole tree. */
export interface PageTree {
  readonly rows: readonly PageRow[];
  /** Leaves first. */
  readonly levels: readonly (readonly PageNode[])[];
  readonly root: PageNode;
}

export function pageCore() {
  // FIPS 180-4, §4.2.2 and §5.3.3.
  const ROUNDS = new Uint32Array([
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
  ]);
  const START = [
    0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
  ];
  const words = new Uint32Array(64);
  const state = new Uint32Array(8);

  const turn = (word: number, by: number) => (word >>> by) | (word << (32 - by));

  function compress(view: DataView, at: number) {
    for (let i = 0; i < 16; i++) words[i] = view.getUint32(at + 4 * i);
    for (let i = 16; i < 64; i++) {
      const x = words[i - 15]!;
      const y = words[i - 2]!;
      const small0 = turn(x, 7) ^ turn(x, 18) ^ (x >>> 3);
      const small1 = turn(y, 17) ^ turn(y, 19) ^ (y >>> 10);
      words[i] = words[i - 16]! + small0 + words[i - 7]! + small1;
    }
    let [a, b, c, d] = [state[0]!, state[1]!, state[2]!, state[3]!];
    let [e, f, g, h] = [state[4]!, state[5]!, state[6]!, state[7]!];
    for (let i = 0; i < 64; i++) {
      const big1 = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25);
      const first = (h + big1 + ((e & f) ^ (~e & g)) + ROUNDS[i]! + words[i]!) | 0;
      const big0 = turn(a, 2) ^ turn(a, 13) ^ turn(a, 22);
      const second = (big0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      h = g;
      g = f;
      f = e;
      e = (d + first) | 0;
      d = c;
      c = b;
      b = a;
      a = (first + second) | 0;
    }
    state[0]! += a;
    state[1]! += b;
    state[2]! += c;
    state[3]! += d;
    state[4]! += e;
    state[5]! += f;
    state[6]! += g;
    state[7]! += h;
  }

  function sha256(...parts: readonly Uint8Array[]): Uint8Array {
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    const padded = new Uint8Array(Math.ceil((length + 9) / 64) * 64);
    let at = 0;
    for (const part of parts) {
      padded.set(part, at);
      at += part.length;
    }
    padded[length] = 0x80;
    const view = new DataView(padded.buffer);
    view.setBigUint64(padded.length - 8, BigInt(length) * 8n);
    state.set(START);
    for (let block = 0; block < padded.length; block += 64) compress(view, block);
    const digest = new Uint8Array(32);
    const out = new DataView(digest.buffer);
    for (let i = 0; i < 8; i++) out.setUint32(4 * i, state[i]!);
    return digest;
  }

  /** Tags and names of assets have ASCII alone. */
  function bytesOf(text: string): Uint8Array {
    if (!/^[ -~]*$/.test(text)) throw new Error('The name of an asset has a letter that it must not have.');
    return Uint8Array.from(text, (character) => character.charCodeAt(0));
  }
  const toHex = (bytes: Uint8Array) =>
    `0x${Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')}`;

  function fromHex(hex: string, ...lengths: readonly number[]): Uint8Array {
    if (!/^0x(?:[0-9a-f]{2})*$/.test(hex) || !lengths.includes(hex.length / 2 - 1))
      throw new Error(
        'A hash or an address is not 0x and lower-case hexadecimal digits of the right number.',
      );
    const bytes = new Uint8Array(hex.length / 2 - 1);
    for (let i = 0; i < bytes.length; i++) bytes[i] = Number.parseInt(hex.slice(2 + 2 * i, 4 + 2 * i), 16);
    return bytes;
  }

  function littleEndian(value: bigint, width: number): Uint8Array {
    if (value < 0n || value >= 1n << BigInt(8 * width))
      throw new Error('A number does not fit into its place.');
    const bytes = new Uint8Array(width);
    let rest = value;
    for (let at = 0; rest > 0n; at += 4, rest >>= 32n) {
      const word = Number(rest & 0xffff_ffffn);
      for (let i = 0; i < 4 && at + i < width; i++) bytes[at + i] = word >>> (8 * i);
    }
    return bytes;
  }
  const le32 = (value: bigint) => littleEndian(value, 32);

  function leafOf({ id, total, withdrawable, request }: PageRow): PageNode {
    const left = sha256(fromHex(`0x${id}`, 32), le32(total));
    const hash = sha256(left, sha256(le32(withdrawable), le32(request)));
    return { hash, total, requests: request };
  }

  function nodeOf(left: PageNode, right: PageNode): PageNode {
    const sums = sha256(
      sha256(le32(left.total), le32(right.total)),
      sha256(le32(left.requests), le32(right.requests)),
    );
    return {
      hash: sha256(sha256(left.hash, right.hash), sums),
      total: left.total + right.total,
      requests: left.requests + right.requests,
    };
  }

  function depthOf(rows: number): number {
    let depth = 0;
    while (2 ** depth < rows) depth++;
    return depth;
  }

  function custodyBytes(custody: string): Uint8Array {
    const bytes = new Uint8Array(32);
    bytes.set(fromHex(custody, 20, 32));
    return bytes;
  }

  function commitmentOf(header: PageHeader, asset: PageSummary): string {
    return toHex(
      sha256(
        sha256(bytesOf('pofbs/gpmp/v1')),
        littleEndian(1n, 1),
        fromHex(header.chain, 32),
        custodyBytes(header.custody),
        littleEndian(BigInt(header.epoch), 8),
        fromHex(header.prevGpmp, 32),
        littleEndian(BigInt(header.timestamp), 8),
        sha256(bytesOf(asset.asset)),
        littleEndian(BigInt(asset.decimals), 1),
        littleEndian(BigInt(asset.rows), 8),
        le32(asset.total),
        le32(asset.requests),
        fromHex(asset.root, 32),
      ),
    );
  }

  function joinCommitments(commitments: readonly string[]): string {
    const all = commitments.map((one) => fromHex(one, 32));
    const only = all[0];
    if (only === undefined) throw new Error('There is no asset.');
    if (all.length === 1) return toHex(only);
    const head = [
      sha256(bytesOf('pofbs/gpmps/v1')),
      littleEndian(1n, 1),
      littleEndian(BigInt(all.length), 4),
    ];
    return toHex(sha256(...head, ...all));
  }

  /** The id of a wallet, without 0x, as rows have it. */
  function idOf(header: PageHeader, wallet: string, salt: string): string {
    const context = sha256(
      sha256(bytesOf('pofbs/id/v1')),
      fromHex(header.chain, 32),
      custodyBytes(header.custody),
      littleEndian(BigInt(header.epoch), 8),
    );
    return toHex(sha256(context, sha256(fromHex(wallet, 32), fromHex(salt, 32)))).slice(2);
  }

  /**
   * A wallet's 32 bytes as 0x hex, from hex or SS58. The checksum of SS58 is not checked: an address with a wrong digit
   * gives another id, which is then not found.
   */
  function walletOf(text: string): string {
    if (/^0x[0-9a-fA-F]{64}$/.test(text)) return text.toLowerCase();
    let value = 0n;
    for (const digit of text) {
      const found = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'.indexOf(digit);
      if (found < 0) throw new Error('This is no wallet address.');
      value = 58n * value + BigInt(found);
    }
    const zeros = /^1*/.exec(text)?.[0].length ?? 0;
    const digits = value === 0n ? '' : value.toString(16);
    const hex = '00'.repeat(zeros) + (digits.length % 2 === 0 ? digits : `0${digits}`);
    // One or two bytes of prefix, 32 of the account, two of the checksum.
    if (hex.length !== 70 && hex.length !== 72) throw new Error('This is no wallet address of 32 bytes.');
    return `0x${hex.slice(-68, -4)}`;
  }

  /** The amounts of a row as text, 0 … 2^128 − 1. */
  function amountOf(text: string): bigint {
    const value = /^(?:0|[1-9][0-9]{0,38})$/.test(text) ? BigInt(text) : -1n;
    if (value < 0n || value >= 1n << 128n) throw new Error('An amount is not a whole number below 2^128.');
    return value;
  }

  /** @throws Error for a row that no snapshot may have */
  function checkRow(row: PageRow): PageRow {
    if (!/^[0-9a-f]{64}$/.test(row.id)) throw new Error('An id has not 64 lower-case hexadecimal digits.');
    if (row.request > row.withdrawable) throw new Error('Somebody requests more than is withdrawable (C4).');
    if (row.withdrawable > row.total) throw new Error('Somebody may withdraw more than the total (C4b).');
    return row;
  }

  function readRow(line: string): PageRow {
    const [id = '', total = '', withdrawable = '', request = '', ...more] = line.split(',');
    if (more.length > 0) throw new Error('There are not four columns.');
    return checkRow({
      id,
      total: amountOf(total),
      withdrawable: amountOf(withdrawable),
      request: amountOf(request),
    });
  }

  /**
   * Builds the whole tree of a snapshot and checks every row on the way. It stops now and then (`yield`, with how much is
   * done, 0 to 1) so that a page stays alive.
   * @throws Error that names the line
   */
  function* treeOf(csv: string): Generator<number, PageTree> {
    const lines = csv.split('\n');
    if (lines[0] !== 'id,total,withdrawable,request') throw new Error('Line 1 is not the header.');
    if (lines.pop() !== '') throw new Error('The last line is not complete.');
    const rows: PageRow[] = [];
    const leaves: PageNode[] = [];
    for (let at = 1; at < lines.length; at++) {
      try {
        const row = readRow(lines[at] as string);
        if (row.id <= (rows.at(-1)?.id ?? '')) throw new Error('Ids do not ascend, or one occurs twice.');
        rows.push(row);
        leaves.push(leafOf(row));
      } catch (error) {
        throw new Error(`Line ${at + 1}: ${(error as Error).message}`);
      }
      if (at % 500 === 0) yield (0.4 * at) / lines.length;
    }
    if (rows.length === 0) throw new Error('There are no rows.');
    const levels: PageNode[][] = [leaves];
    let empty: PageNode = { hash: new Uint8Array(32), total: 0n, requests: 0n };
    let done = 0;
    for (let level = 0; level < depthOf(rows.length); level++) {
      const below = levels[level] as PageNode[];
      const above: PageNode[] = [];
      for (let at = 0; at < below.length; at += 2) {
        above.push(nodeOf(below[at] as PageNode, below[at + 1] ?? empty));
        if (++done % 500 === 0) yield 0.4 + (0.6 * done) / rows.length;
      }
      empty = nodeOf(empty, empty);
      levels.push(above);
    }
    return { rows, levels, root: (levels.at(-1) as PageNode[])[0] as PageNode };
  }

  /** Where an id is among rows that ascend; -1 if it is not there. */
  function indexOf(rows: readonly PageRow[], id: string): number {
    let [low, high] = [0, rows.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((rows[middle] as PageRow).id < id) low = middle + 1;
      else high = middle;
    }
    return rows[low]?.id === id ? low : -1;
  }

  /** The nodes beside the way from a leaf to the root, lowest first. */
  function siblingsOf(tree: PageTree, index: number): PageNode[] {
    let empty: PageNode = { hash: new Uint8Array(32), total: 0n, requests: 0n };
    return tree.levels.slice(0, -1).map((level, height) => {
      const beside = level[Math.floor(index / 2 ** height) ^ 1] ?? empty;
      empty = nodeOf(empty, empty);
      return beside;
    });
  }

  /** Every node of the way from a row to the root. The bits of the index say on which side each sibling is. */
  function wayUp(row: PageRow, index: number, siblings: readonly PageNode[]): PageNode[] {
    const way = [leafOf(row)];
    siblings.forEach((sibling, height) => {
      const node = way[height] as PageNode;
      way.push(Math.floor(index / 2 ** height) % 2 === 0 ? nodeOf(node, sibling) : nodeOf(sibling, node));
    });
    return way;
  }

  return {
    sha256,
    toHex,
    fromHex,
    leafOf,
    nodeOf,
    depthOf,
    commitmentOf,
    joinCommitments,
    idOf,
    walletOf,
    amountOf,
    checkRow,
    treeOf,
    indexOf,
    siblingsOf,
    wayUp,
  };
}
