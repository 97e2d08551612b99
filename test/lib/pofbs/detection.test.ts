import { describe, expect, it } from 'vitest';
import { detection, detectionProbability, parsePercentage } from '../../../src/lib/pofbs/detection.js';
import { detectionBlocks } from '../../../src/lib/pofbs/viewDetection.js';
import { renderText } from '../../../src/render/index.js';

describe('the chance that an omission is noticed', () => {
  it('is 1 − (1 − p)^k', () => {
    expect(detectionProbability(0.5, 2)).toBe(0.75);
    expect(detectionProbability(0.02, 100)).toBeCloseTo(1 - 0.98 ** 100, 12);
    expect(detectionProbability(1, 1)).toBe(1);
    expect(detectionProbability(0, 1000)).toBe(0);
    expect(detectionProbability(0.3, 0)).toBe(0);
    // 1 − (1 − 10^−12) alone would lose every digit but four.
    expect(detectionProbability(1e-12, 1) / 1e-12).toBeCloseTo(1, 12);
  });
  it('says from how many on it is likely', () => {
    for (const text of ['0.000001', '0.5', '2', '37', '99.999999', '100']) {
      const share = parsePercentage(text, '--check-share');
      const p = Number(share.millionths) / 1e8;
      for (const { percent, omitted } of detection(share).enough) {
        expect(detectionProbability(p, omitted!)).toBeGreaterThanOrEqual(percent / 100 - 1e-12);
        expect(detectionProbability(p, omitted! - 1)).toBeLessThan(percent / 100);
      }
    }
    expect(detection(parsePercentage('0', 'x')).enough.map(({ omitted }) => omitted)).toEqual([
      null,
      null,
      null,
    ]);
  });
  it('is told in words', () => {
    const text = (share: string) =>
      renderText(
        { blocks: detectionBlocks(detection(parsePercentage(share, 'x'))) },
        { colour: false, width: Number.POSITIVE_INFINITY },
      );
    expect(text('2')).toMatch(/100 +86\.74 %/);
    expect(text('2')).toContain(
      'with at least 50 % from 35 on, with 90 % from 114 on, with 99 % from 228 on.',
    );
    expect(text('50')).toContain('>99.99 %');
    expect(text('0')).toContain('If nobody checks, nobody notices.');
  });
});

describe('a percentage', () => {
  it('is read exactly', () => {
    expect(parsePercentage('12.25%', 'x')).toEqual({ text: '12.25', millionths: 12_250_000n });
    expect(parsePercentage(' 100 % ', 'x').millionths).toBe(100_000_000n);
    expect(parsePercentage('0', 'x').millionths).toBe(0n);
  });
  it.each(['', '-1', '100.000001', '101', '1e2', '0x1', '.5', '1.1234567', 'NaN', '%'])(
    '%j is none',
    (text) => {
      expect(() => parsePercentage(text, '--max-unique')).toThrow('--max-unique');
    },
  );
});
