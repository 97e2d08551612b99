import { expect, it, test } from 'vitest';
import {
  minActiveBond,
  minChilledBond,
  unbondingEras,
  withdrawableEra,
} from '../../../src/lib/staking/rules.js';

const facts = {
  activeEra: 1000,
  bondingDuration: 28,
  nominatorFastUnbondDuration: 2,
  nominatorsSlashable: false,
  lastValidatorEra: null,
};

test('a nominator who cannot be slashed waits the fast duration', () => {
  expect(unbondingEras(facts)).toBe(2);
  expect(unbondingEras({ ...facts, nominatorsSlashable: true })).toBe(28);
  expect(unbondingEras({ ...facts, nominatorsSlashable: null })).toBe(28);
  expect(unbondingEras({ ...facts, nominatorFastUnbondDuration: null })).toBe(28);
});

test('who validated within the bonding duration waits all of it', () => {
  expect(unbondingEras({ ...facts, lastValidatorEra: 1000 })).toBe(28);
  expect(unbondingEras({ ...facts, lastValidatorEra: 973 })).toBe(28);
  expect(unbondingEras({ ...facts, lastValidatorEra: 972 })).toBe(2);
  // Elected for the era to come: not before the active one.
  expect(unbondingEras({ ...facts, lastValidatorEra: 1001 })).toBe(28);
});

test('minimum bonds', () => {
  const bonds = { minNominatorBond: 250n, minValidatorBond: 1000n, existentialDeposit: 10n };
  expect(minChilledBond(bonds)).toBe(250n);
  expect(minChilledBond({ ...bonds, minValidatorBond: 0n })).toBe(10n);
  expect(minActiveBond('nominator', bonds)).toBe(250n);
  expect(minActiveBond('validator', bonds)).toBe(1000n);
  expect(minActiveBond('nominator', { ...bonds, minNominatorBond: 0n })).toBe(10n);
  expect(minActiveBond('chilled', bonds)).toBe(0n);
});

it('holds back what offences that wait could still slash', () => {
  expect(withdrawableEra(1000, 28)).toBe(1000);
  expect(withdrawableEra(1000, 28, 1000)).toBe(1000);
  expect(withdrawableEra(1000, 28, 970)).toBe(997);
  expect(withdrawableEra(0, 28)).toBe(0);
  expect(withdrawableEra(3, 2, 0)).toBe(2);
});
