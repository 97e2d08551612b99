/** The payout job as cron runs it, over three eras of a real chain, with the healthcheck that it pings. */

import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { BIN, REPOSITORY } from '../cli/process.js';
import { Desk } from '../support/desk.js';
import { deadUrl } from '../support/proxy.js';

vi.setConfig({ testTimeout: 180_000, hookTimeout: 120_000 });

const SCRIPT = `${REPOSITORY}examples/payouts-cron/payouts-cron.sh`;
let desk: Desk;
let server: Server;
const pings: { path: string; body: string }[] = [];

beforeAll(async () => {
  desk = await Desk.open({ keys: ['alice'] });
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (part) => {
      body += part;
    });
    request.on('end', () => {
      pings.push({ path: request.url ?? '', body });
      response.end('OK');
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  server?.close();
  await desk?.close();
});

async function job(env: Readonly<Record<string, string>> = {}) {
  pings.length = 0;
  const { port } = server.address() as AddressInfo;
  const child = spawn('sh', [SCRIPT], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      ...desk.environment,
      FROM: 'alice',
      ACCOUNTS: `${desk.address('v01')} ${desk.address('v02')}`,
      BURSAR: `${process.execPath} ${BIN}`,
      PING: `http://127.0.0.1:${port}/check`,
      TEXTFILE: join(desk.directory, 'payouts.prom'),
      ...env,
    },
  });
  let stderr = '';
  child.stderr.on('data', (part) => {
    stderr += part;
  });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  const metrics = Object.fromEntries(
    readFileSync(join(desk.directory, 'payouts.prom'), 'utf8')
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => line.split(' ')),
  );
  return { code, stderr, metrics, pings: pings.map(({ path }) => path) };
}

describe('payouts-cron.sh', () => {
  test('over three eras: pays what is new in each, and is healthy when there is nothing', async () => {
    const paid: number[] = [];
    for (let hour = 0; hour < 3; hour++) {
      const first = await job();
      expect(first).toMatchObject({ code: 0, pings: ['/check/start', '/check'] });
      paid.push(Number(first.metrics.bursar_payouts_paid));
      expect(first.metrics).toMatchObject({ bursar_payouts_exit_code: '0', bursar_payouts_failed: '0' });
      await desk.devnet.advance({ eras: 1 });
    }
    // Four eras at first, then one each; every page of both validators.
    expect(paid[0]).toBeGreaterThan(paid[1] ?? 0);
    expect(paid[1]).toBeGreaterThan(0);
    expect(paid[2]).toBeGreaterThan(0);
    await job();
    const idle = await job({ OPTIONS: '--exit-noop' });
    expect(idle).toMatchObject({ code: 3, pings: ['/check/start', '/check'] });
    expect(idle.stderr).toContain('0 paid');
  });

  test('an endpoint that is down is told: code 5, and the healthcheck fails', async () => {
    const down = await job({ OPTIONS: `--rpc ${await deadUrl()} --timeout 3s` });
    expect(down).toMatchObject({ code: 5, pings: ['/check/start', '/check/fail'] });
    expect(pings.at(-1)?.body).toContain('ENDPOINT_UNREACHABLE');
    expect(down.metrics.bursar_payouts_exit_code).toBe('5');
  });

  test('a healthcheck that is down does not stop the payouts', async () => {
    const without = await job({ PING: 'http://127.0.0.1:9/check' });
    expect(without.code).toBe(0);
    expect(without.stderr).toContain('healthcheck could not be reached');
  });

  test('refuses to run without a key', async () => {
    const child = spawn('sh', [SCRIPT], { env: { PATH: process.env.PATH ?? '' } });
    expect(await new Promise((resolve) => child.on('close', resolve))).toBe(2);
  });
});
