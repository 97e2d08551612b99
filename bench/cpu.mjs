// node --import ./bench/cpu.mjs: leaves the process's own processor time, of all its threads, in the file that
// BENCH_CPU names, in milliseconds.
import { writeFileSync } from 'node:fs';
import { isMainThread } from 'node:worker_threads';

if (isMainThread)
  process.on('exit', () => {
    const { user, system } = process.cpuUsage();
    writeFileSync(process.env.BENCH_CPU, String((user + system) / 1000));
  });
