/** The configuration file: what may be in it, and every complaint about one that is wrong, all at once. */

import * as v from 'valibot';
import { BursarError } from '../lib/errors.js';
import { Perbill } from '../lib/numeric/perthing.js';
import { escapeInvisible } from '../lib/shown.js';
import { parseAccount, parseDuration, parseEndpoint } from './parse.js';
import { quoteInput } from './quote.js';
import { findSecrets } from './secrets.js';
import { closest } from './suggest.js';

/** A text that one of the parsers of parse.ts accepts; its complaint becomes the schema's. */
const parsed = (parse: (text: string) => unknown) =>
  v.pipe(
    v.string('must be text'),
    v.rawCheck(({ dataset, addIssue }) => {
      if (!dataset.typed) return;
      try {
        parse(dataset.value);
      } catch (error) {
        if (!(error instanceof BursarError)) throw error;
        addIssue({ message: error.message.replace(/\.$/, '') });
      }
    }),
  );

const path = v.pipe(
  v.string('must be a path'),
  v.check((text) => text !== '' && !text.includes('\0'), 'must be a path'),
);
const hash = v.pipe(
  v.string('must be a 0x hash'),
  v.regex(/^0x[0-9a-f]{64}$/i, 'must be 0x and 64 hexadecimal digits'),
);
const endpoints = v.pipe(
  v.array(parsed(parseEndpoint), 'must be a list of endpoints'),
  v.minLength(1, 'must name at least one endpoint'),
  v.maxLength(32, 'must name at most 32 endpoints'),
);
const whole = (min: number, max: number) => {
  const message = `must be a whole number from ${min} to ${max}`;
  return v.pipe(v.number(message), v.integer(message), v.minValue(min, message), v.maxValue(max, message));
};

const tokenSchema = v.object(
  {
    symbol: v.optional(
      v.pipe(
        v.string('must be text'),
        v.regex(/^[A-Za-z][A-Za-z0-9]{0,15}$/, 'must be letters and digits, at most 16'),
      ),
    ),
    decimals: v.optional(whole(0, 30)),
    ss58Prefix: v.optional(whole(0, 16_383)),
  },
  'must be an object',
);

/** `off` is said at every run, by the flag: it must not be forgotten in a file. */
const metadataHash = v.optional(
  v.picklist(['auto', 'require'], 'must be "auto" or "require"; off is only the flag --metadata-hash off'),
);

const networkSchema = v.object(
  {
    title: v.optional(v.pipe(v.string('must be text'), v.maxLength(80, 'must be at most 80 characters'))),
    genesisHash: v.optional(hash),
    specName: v.optional(
      v.pipe(
        v.string('must be text'),
        v.regex(/^[A-Za-z0-9][A-Za-z0-9 _.-]{0,63}$/, 'must be a runtime’s spec name'),
      ),
    ),
    endpoints: v.optional(endpoints),
    relayEndpoints: v.optional(endpoints),
    identityEndpoints: v.optional(endpoints),
    token: v.optional(tokenSchema),
    from: v.optional(parsed(parseAccount)),
    proxyFor: v.optional(parsed(parseAccount)),
    metadataHash,
  },
  'must be an object',
);

const sourceSchema = v.union(
  [
    v.strictObject({ file: path }),
    v.strictObject({ env: v.pipe(v.string(), v.regex(/^[A-Za-z_][A-Za-z0-9_]*$/)) }),
    v.strictObject({ fd: v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(1023)) }),
  ],
  'must be {"file": PATH}, {"env": VARIABLE} or {"fd": NUMBER}',
);

const amount = (example: string) =>
  v.pipe(
    v.string('must be text with its unit'),
    v.regex(/^\d[\d.,_]*\s*[A-Za-z]{1,16}$/, `must be an amount with its unit, such as "${example}"`),
  );
const weight = v.optional(
  v.pipe(
    v.number('must be a number'),
    v.finite('must be a number'),
    v.minValue(0, 'must not be negative'),
    v.maxValue(1e9, 'must be at most 10^9'),
  ),
);

/** How validators are scored and selected; docs/validators.md. */
const validatorsSchema = v.object(
  {
    formula: v.optional(
      v.picklist(
        ['whitepaper', 'additive', 'nominateClientAsShipped', 'weighted'],
        'must be "whitepaper", "additive", "nominateClientAsShipped" or "weighted"',
      ),
    ),
    reputation: v.optional(v.picklist(['named', 'judged', 'any'], 'must be "named", "judged" or "any"')),
    weights: v.optional(
      v.object(
        {
          c: weight,
          crf: weight,
          nf: weight,
          epf: weight,
          commission: weight,
          nomination: weight,
          points: weight,
          inclusion: weight,
          own: weight,
        },
        'must be an object',
      ),
    ),
    maxCommission: v.optional(parsed(Perbill.parse)),
    minNomination: v.optional(amount('200DOT')),
    minStashBond: v.optional(amount('200DOT')),
    maxPerOperator: v.optional(whole(1, 10_000)),
    maxTargets: v.optional(whole(1, 1_000)),
    margin: v.optional(parsed(Perbill.parse)),
    operatorsFile: v.optional(path),
  },
  'must be an object',
);

const networkName = v.pipe(
  v.string('must be text'),
  v.regex(/^[a-z][a-z0-9-]{0,31}$/, 'must be a name of small letters, digits and hyphens'),
);

export const configSchema = v.object(
  {
    network: v.optional(networkName),
    networks: v.optional(v.record(networkName, networkSchema, 'must be an object of networks by name')),
    from: v.optional(parsed(parseAccount)),
    proxyFor: v.optional(parsed(parseAccount)),
    wait: v.optional(
      v.picklist(['broadcast', 'best', 'finalized'], 'must be "broadcast", "best" or "finalized"'),
    ),
    agree: v.optional(v.picklist(['require', 'warn'], 'must be "require" or "warn"')),
    timeout: v.optional(parsed(parseDuration)),
    mortality: v.optional(parsed(parseDuration)),
    tip: v.optional(amount('0.1DOT')),
    metadataHash,
    dryRun: v.optional(v.boolean('must be true or false')),
    keysDir: v.optional(path),
    dataDir: v.optional(path),
    journalDir: v.optional(path),
    cacheDir: v.optional(path),
    validators: v.optional(validatorsSchema),
    passphrases: v.optional(v.record(v.string(), sourceSchema, 'must be an object of sources by key name')),
  },
  'must be an object',
);

export type ConfigFile = v.InferOutput<typeof configSchema>;
/** How validators are scored and selected, as the file says it. */
export type ValidatorsConfig = v.InferOutput<typeof validatorsSchema>;
export type NetworkConfig = v.InferOutput<typeof networkSchema>;
/** Where the passphrase of a key is read from. */
export type PassphraseSource = v.InferOutput<typeof sourceSchema>;

/** Where the keys that people look for in the wrong place belong. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  endpoints: 'endpoints belong to a network: networks.<name>.endpoints',
  rpc: 'endpoints belong to a network: networks.<name>.endpoints',
  genesisHash: 'it belongs to a network: networks.<name>.genesisHash',
  specName: 'it belongs to a network: networks.<name>.specName',
  token: 'it belongs to a network: networks.<name>.token',
};

/** The keys that a schema knows, and the schema below each. */
const entriesOf = (schema: unknown): Record<string, unknown> | undefined => {
  let inner = schema as { type?: string; wrapped?: unknown; entries?: Record<string, unknown> };
  while (inner.type === 'optional') inner = inner.wrapped as typeof inner;
  return inner.type === 'object' ? inner.entries : undefined;
};
const valuesOf = (schema: unknown): unknown => {
  let inner = schema as { type?: string; wrapped?: unknown; value?: unknown };
  while (inner.type === 'optional') inner = inner.wrapped as typeof inner;
  return inner.type === 'record' ? inner.value : undefined;
};

/** Keys that the schema does not know, with the known one that was probably meant. */
function unknownKeys(value: unknown, schema: unknown, at: readonly string[] = []): string[] {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return [];
  const entries = entriesOf(schema);
  const below = valuesOf(schema);
  const problems: string[] = [];
  for (const [key, item] of Object.entries(value)) {
    const here = [...at, key];
    if (entries === undefined) {
      if (below !== undefined) problems.push(...unknownKeys(item, below, here));
    } else if (Object.hasOwn(entries, key)) {
      problems.push(...unknownKeys(item, entries[key], here));
    } else {
      const meant = closest(key, Object.keys(entries));
      const advice =
        at.length === 0 && Object.hasOwn(ELSEWHERE, key)
          ? `: ${ELSEWHERE[key]}`
          : meant === undefined
            ? `; known keys: ${Object.keys(entries).join(', ')}`
            : `; did you mean ${[...at, meant].map(name).join('.')}?`;
      problems.push(`${here.map(name).join('.')}: unknown key${advice}`);
    }
  }
  return problems;
}

/** A key as it may be shown: what looks like a secret is not, and nothing steers the terminal. */
const name = (key: string): string =>
  /^[\w-]{1,60}$/.test(key) && !/^(0x)?[0-9a-f]{60}/i.test(key) ? key : escapeInvisible(quoteInput(key));

/** Every problem of a configuration, one sentence each; none: it is a {@link ConfigFile}. */
export function configProblems(value: unknown): string[] {
  if (value === null || typeof value !== 'object' || Array.isArray(value)) {
    return ['the configuration must be a JSON object: { "network": "polkadot" }'];
  }
  const secrets = findSecrets(value);
  const problems = secrets.map(
    (key) =>
      `${key.split('.').map(name).join('.')}: a secret does not belong in the configuration; say where it is: "passphrases": {"my-key": {"file": PATH}}`,
  );
  const told = (key: string) => secrets.some((secret) => key === secret || secret.startsWith(`${key}.`));
  const unknown = unknownKeys(value, configSchema);
  problems.push(...unknown.filter((problem) => !secrets.some((secret) => problem.startsWith(`${secret}:`))));
  const result = v.safeParse(configSchema, value);
  for (const issue of result.issues ?? []) {
    const keys = (issue.path ?? []).map((item) => String(item.key));
    if (told(keys.join('.'))) continue;
    problems.push(`${keys.map(name).join('.')}: ${issue.message}`);
  }
  return problems;
}

/** The schema's type at a path (`number`, `boolean`, `string`…); `beyond`: below a value that has nothing below it. */
export function schemaAt(keys: readonly string[]): string {
  let schema: unknown = configSchema;
  for (const key of keys) {
    const entries = entriesOf(schema);
    const below = valuesOf(schema);
    // Unknown keys and the union of passphrase sources are left to the check of the whole file.
    if (entries !== undefined) {
      if (!Object.hasOwn(entries, key)) return 'unknown';
      schema = entries[key];
    } else if (below !== undefined) schema = below;
    else if (typeOf(schema) === 'union') return key === 'fd' ? 'number' : 'string';
    else return 'beyond';
  }
  return typeOf(schema);
}

/** Whether a list belongs at a path. */
export const listAt = (keys: readonly string[]): boolean => schemaAt(keys) === 'array';

function typeOf(schema: unknown): string {
  let inner = schema as { type: string; wrapped?: unknown };
  while (inner.type === 'optional') inner = inner.wrapped as typeof inner;
  return inner.type;
}
