// node bench/pofbsFloors.mjs FILE ROWS THREADS: what verifying cannot be faster than, in milliseconds, as JSON:
//   hash   SHA-256 of as many 64-byte blocks as the tree over the rows has (8 a row), in batches, and nothing else
//   split  reading the file and finding its commas and line feeds, and nothing else
// Each thread does its share. Starting threads and processes is not counted. `cpu` is the processor time of both.
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

const BATCH = 4096;

async function work({ file, rows, threads, part }) {
  const { loadHasher } = await import('../dist/src/lib/pofbs/hasher.js');
  const { hashInto } = await loadHasher();
  const blocks = new Uint8Array(64 * BATCH).map((_, at) => at * 7);
  const digests = new Uint8Array(32 * BATCH);
  return {
    hash() {
      for (let left = Math.ceil((8 * rows) / threads); left > 0; left -= BATCH) hashInto(blocks, digests);
    },
    split() {
      const descriptor = openSync(file);
      const { size } = fstatSync(descriptor);
      const [from, to] = [Math.floor((size * part) / threads), Math.floor((size * (part + 1)) / threads)];
      const buffer = new Uint8Array(262_144);
      const ends = new Uint32Array(buffer.length);
      for (let at = from; at < to; ) {
        const count = readSync(descriptor, buffer, 0, Math.min(buffer.length, to - at), at);
        if (count === 0) break;
        let fields = 0;
        for (let place = 0; place < count; place++) {
          const byte = buffer[place];
          if (byte === 0x2c || byte === 0x0a) ends[fields++] = place;
        }
        at += count;
      }
      closeSync(descriptor);
    },
  };
}

if (isMainThread) {
  const [file, rows, threads] = process.argv.slice(2);
  const setup = { file, rows: Number(rows), threads: Number(threads) };
  const here = await work({ ...setup, part: 0 });
  const others = Array.from(
    { length: setup.threads - 1 },
    (_, at) => new Worker(fileURLToPath(import.meta.url), { workerData: { ...setup, part: at + 1 } }),
  );
  const answer = (worker) => new Promise((resolve) => worker.once('message', resolve));
  await Promise.all(others.map(answer));
  const floors = {};
  const cpu = {};
  for (const name of ['hash', 'split', 'hash', 'split', 'hash', 'split']) {
    const began = performance.now();
    const used = process.cpuUsage();
    const rest = others.map((worker) => {
      worker.postMessage(name);
      return answer(worker);
    });
    here[name]();
    await Promise.all(rest);
    floors[name] = Math.min(floors[name] ?? Number.POSITIVE_INFINITY, performance.now() - began);
    const { user, system } = process.cpuUsage(used);
    cpu[name] = Math.min(cpu[name] ?? Number.POSITIVE_INFINITY, (user + system) / 1000);
  }
  console.log(JSON.stringify({ ...floors, cpu: cpu.hash + cpu.split }));
  process.exit();
} else {
  const own = await work(workerData);
  parentPort.on('message', (name) => {
    own[name]();
    parentPort.postMessage('done');
  });
  parentPort.postMessage('ready');
}
