import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { configProblems } from '../../src/config/schema.js';
import { loadSettings } from '../../src/config/settings.js';
import { settingsResult } from '../../src/config/view.js';

const directory = mkdtempSync(join(tmpdir(), 'bursar-config-'));
afterAll(() => rmSync(directory, { recursive: true }));

const validators = {
  formula: 'weighted',
  reputation: 'judged',
  weights: { commission: 50, points: 0 },
  maxCommission: '7.5%',
  minNomination: '200DOT',
  maxPerOperator: 1,
  operatorsFile: 'operators.txt',
} as const;

describe('the settings of validators', () => {
  it('are read, shown with their origin, and the path starts at the file', () => {
    const path = join(directory, 'config.json');
    const networks = { polkadot: { identityEndpoints: ['wss://people.example'] } };
    writeFileSync(path, JSON.stringify({ validators, networks }), { mode: 0o600 });
    const settings = loadSettings({
      flags: {},
      env: {},
      configFile: path,
      directory: () => ({ path: directory, variable: 'HOME' }),
    });
    expect(settings.validators).toEqual({ ...validators, operatorsFile: join(directory, 'operators.txt') });
    expect(settings.identityEndpoints).toEqual(['wss://people.example']);
    const shown = settingsResult(settings);
    expect(shown['validators.formula']).toEqual({
      value: 'weighted',
      origin: { kind: 'file', name: 'validators.formula' },
    });
    expect(shown['validators.weights']?.value).toBe('{"commission":50,"points":0}');
  });
  it.each([
    [{ formula: 'best' }, 'validators.formula'],
    [{ weights: { luck: 1 } }, 'validators.weights.luck'],
    [{ weights: { points: -1 } }, 'validators.weights.points'],
    [{ maxCommission: '0.05' }, 'validators.maxCommission'],
    [{ minNomination: '200' }, 'validators.minNomination'],
    [{ maxPerOperator: 0 }, 'validators.maxPerOperator'],
    [{ margins: '10%' }, 'validators.margin'],
  ])('%j is refused by name', (bad, name) => {
    expect(configProblems({ validators: bad }).join()).toContain(name);
  });
});
