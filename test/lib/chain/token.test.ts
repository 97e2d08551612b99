import { describe, expect, it } from 'vitest';
import { chooseToken, tokenClaims } from '../../../src/lib/chain/token.js';
import { BursarError } from '../../../src/lib/errors.js';
import { formatAmount, parseAmount } from '../../../src/lib/numeric/amount.js';

describe('what an endpoint claims of the token', () => {
  it('is that of the first, and only what is said', () => {
    expect(
      tokenClaims('ws://a', { tokenSymbol: ['DOT', 'X'], tokenDecimals: [10, 1], ss58Format: 0 }),
    ).toEqual({
      symbol: 'DOT',
      decimals: 10,
      ss58Prefix: 0,
    });
    for (const nothing of [null, undefined, {}, [], 7, 'x', { tokenSymbol: null, tokenDecimals: [] }])
      expect(tokenClaims('ws://a', nothing)).toEqual({});
  });

  it.each([
    { tokenDecimals: -1 },
    { tokenDecimals: '10' },
    { tokenDecimals: 39 },
    { tokenDecimals: [[10]] },
    { tokenSymbol: 7 },
    { ss58Format: 1.5 },
    { ss58Format: 65_536 },
  ])('that no chain has: %j', (properties) => {
    expect(() => tokenClaims('ws://a', properties)).toThrow(
      expect.objectContaining({ code: 'ENDPOINT_ANSWER', exit: 5 }),
    );
  });
});

describe('the token', () => {
  const claims = { symbol: 'LIE', decimals: 12, ss58Prefix: 7 };

  it('is the configured one before the metadata’s, and that before the endpoint’s', () => {
    const config = { symbol: 'DOT', decimals: 10, ss58Prefix: 1 };
    expect(chooseToken({ config, constant: 0, claims })).toEqual({
      token: config,
      sources: { symbol: 'config', decimals: 'config', ss58Prefix: 'config' },
    });
    expect(chooseToken({ config: { symbol: 'DOT' }, constant: 0, claims })).toEqual({
      token: { symbol: 'DOT', decimals: 12, ss58Prefix: 0 },
      sources: { symbol: 'config', decimals: 'endpoint', ss58Prefix: 'metadata' },
    });
    expect(chooseToken({ config: {}, constant: null, claims })).toEqual({
      token: claims,
      sources: { symbol: 'endpoint', decimals: 'endpoint', ss58Prefix: 'endpoint' },
    });
    expect(chooseToken({ config: {}, constant: null, claims: { decimals: 3 } }).token).toEqual({
      symbol: 'UNIT',
      decimals: 3,
      ss58Prefix: 42,
    });
  });

  it('without decimals is written in base units, and no other unit is read', () => {
    const { token, sources } = chooseToken({ config: {}, constant: 42, claims: { symbol: 'AVAIL' } });
    expect(token).toEqual({ symbol: 'planck', decimals: 0, ss58Prefix: 42, undenominated: 'AVAIL' });
    expect(sources.decimals).toBe('nobody');
    expect(formatAmount(1_500n, token)).toBe('1500 planck');
    expect(parseAmount('1500planck', token)).toBe(1_500n);
    for (const text of ['1.5AVAIL', '1avail', '2 UNIT']) {
      const error = (() => {
        try {
          return parseAmount(text, token);
        } catch (thrown) {
          return thrown;
        }
      })() as BursarError;
      expect(error).toBeInstanceOf(BursarError);
      expect([error.code, error.exit], text).toEqual(['AMOUNT_DECIMALS_UNKNOWN', 2]);
      expect(error.hint).toContain('token.decimals');
    }
    expect(() => parseAmount('15', token)).toThrow(expect.objectContaining({ code: 'AMOUNT_UNIT_MISSING' }));
    // Configured, they are known.
    const pinned = chooseToken({ config: { decimals: 18 }, constant: 42, claims: { symbol: 'AVAIL' } });
    expect(pinned.token).toEqual({ symbol: 'AVAIL', decimals: 18, ss58Prefix: 42 });
  });
});
