import { expect, test } from 'vitest';
import { minimumActiveStake } from '../../../src/lib/pallets/staking/values.js';
import { readNominator } from '../../../src/lib/validators/nominator.js';
import { fakeChain, keys } from '../eras/fakeChain.js';

const NOBODY = [(1n << 64n) - 1n, (1n << 128n) - 1n];

test('the greatest number is no minimum: no election has counted anybody', () => {
  for (const value of [...NOBODY, null]) expect(minimumActiveStake(value)).toBeNull();
  for (const value of [0n, 1n, (1n << 64n) - 2n, 1n << 64n]) expect(minimumActiveStake(value)).toBe(value);
});

test.each([[150n, 150n], [50n, 100n], ...NOBODY.map((value): [bigint, bigint] => [value, 100n])])(
  'a nominator needs what counts: with %i it is %i',
  async (counted, least) => {
    const chain = fakeChain({
      storage: {
        'Staking.Bonded': { [keys('N')]: 'N' },
        'Staking.Ledger': { [keys('N')]: { stash: 'N', active: 700n } },
        'Staking.Nominators': {},
        'Staking.MinNominatorBond': { [keys()]: 100n },
        'Staking.MinimumActiveStake': { [keys()]: counted },
      },
    });
    expect(await readNominator(chain, 'N')).toMatchObject({ active: 700n, least });
  },
);
