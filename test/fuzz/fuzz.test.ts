/** A few seconds of what `npm run fuzz` does for longer: a seed that is always the same, and one that never is. */

import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { fuzz } from './fuzz.js';

const random = randomBytes(4).toString('hex');

describe('whatever the parsers are given, they answer', () => {
  it.each([
    ['bursar', 20_000, 12],
    [random, 20_000, 6],
  ])('seed %s', async (seed, inputs, seconds) => {
    const { crashes, outcomes } = await fuzz({ seed, inputs, seconds });
    const told = crashes.map(({ target, index, why, bytes }) => {
      return `--seed ${seed} --target ${target} --from ${index} --inputs 1\n${why}\n${Buffer.from(bytes).toString('base64')}`;
    });
    expect(told).toEqual([]);
    // Both answers occur: a target that refuses everything would find nothing.
    expect(outcomes.snapshot).toHaveProperty('valid');
    expect(outcomes.snapshot).toHaveProperty('C6');
    expect(Object.keys(outcomes).length).toBeGreaterThan(12);
  });
});
