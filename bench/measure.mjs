// Timing of whole processes. Machines are noisy: runs of the things that are compared alternate, and what is reported
// is the ratio of their medians (and of their minima) in the same run.
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';

export const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

/** Runs a command to its end; milliseconds. Output is read and thrown away. */
export function wall(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
    child.stdout.resume();
    child.stderr.resume();
    child.on('error', reject);
    child.on('close', (code) => resolve({ ms: performance.now() - started, code }));
  });
}

/** Runs a command to its end; milliseconds, what it printed, and its peak resident memory, MiB. */
export function watched(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const started = performance.now();
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], ...options });
    let mib = 0;
    const timer = setInterval(() => {
      try {
        mib = Math.max(mib, peakMiB(child.pid));
      } catch {} // it has just ended
    }, 10);
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      stderr += text;
    });
    child.on('error', reject);
    child.on('close', (code) => {
      clearInterval(timer);
      if (code === 0) resolve({ ms: performance.now() - started, stdout, mib });
      else reject(new Error(`${args.slice(0, 4).join(' ')} … ended with ${code}: ${stderr.slice(-2_000)}`));
    });
  });
}

/** Peak resident memory of a running process so far, MiB (Linux). */
export function peakMiB(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) / 1024;
}

/** Alternates the candidates `runs` times after a warm-up; returns their samples. */
export async function interleaved(runs, candidates) {
  const samples = candidates.map(() => []);
  for (let run = -1; run < runs; run++) {
    for (const [index, candidate] of candidates.entries()) {
      const value = await candidate();
      if (run >= 0) samples[index].push(value);
    }
  }
  return samples;
}

export function ratio(a, b) {
  return { median: median(a) / median(b), min: Math.min(...a) / Math.min(...b) };
}

export const round = (value, digits = 2) => Number(value.toFixed(digits));
