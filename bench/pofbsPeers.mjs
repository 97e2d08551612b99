// node bench/pofbsPeers.mjs PEER FILE ROWS DIRECTORY: builds a tree over the first rows of a snapshot with another
// library (installed in DIRECTORY) or in a plain way, and prints the milliseconds without start-up.
//   naive   readline, BigInt, node:crypto: the sum tree that bursar builds, and the conditions on amounts
//   merkletreejs, openzeppelin   a plain tree over the lines: no sums, no conditions
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const [peer, file, count, directory] = process.argv.slice(2);
const load = createRequire(join(directory, 'package.json'));
const sha = (...parts) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

async function* lines() {
  let number = 0;
  for await (const line of createInterface({ input: createReadStream(file) })) {
    if (number > Number(count)) return;
    if (number++ > 0) yield line;
  }
}

const le32 = (value) => Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse();
const peers = {
  async naive() {
    let level = [];
    for await (const line of lines()) {
      const [id, ...amounts] = line.split(',');
      const [total, withdrawable, request] = amounts.map(BigInt);
      if (request > withdrawable || withdrawable > total) throw new Error(line);
      const hash = sha(sha(Buffer.from(id, 'hex'), le32(total)), sha(le32(withdrawable), le32(request)));
      level.push({ hash, total, request });
    }
    let empty = { hash: Buffer.alloc(32), total: 0n, request: 0n };
    const node = (a, b) => ({
      hash: sha(
        sha(a.hash, b.hash),
        sha(sha(le32(a.total), le32(b.total)), sha(le32(a.request), le32(b.request))),
      ),
      total: a.total + b.total,
      request: a.request + b.request,
    });
    for (; level.length > 1; empty = node(empty, empty)) {
      const above = [];
      for (let at = 0; at < level.length; at += 2) above.push(node(level[at], level[at + 1] ?? empty));
      level = above;
    }
  },
  async merkletreejs() {
    const { MerkleTree } = load('merkletreejs');
    const leaves = [];
    for await (const line of lines()) leaves.push(sha(line));
    new MerkleTree(leaves, sha).getRoot();
  },
  async openzeppelin() {
    const { SimpleMerkleTree } = load('@openzeppelin/merkle-tree');
    const leaves = [];
    for await (const line of lines()) leaves.push(sha(line));
    void SimpleMerkleTree.of(leaves).root;
  },
};

const began = performance.now();
await peers[peer]();
console.log(performance.now() - began);
