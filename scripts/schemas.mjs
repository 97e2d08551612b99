// The JSON Schemas of what commands print with --json, made from the types in src/cli/results.ts.
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import {
  BaseType,
  createFormatter,
  createParser,
  createProgram,
  DEFAULT_CONFIG,
  SchemaGenerator,
} from 'ts-json-schema-generator';
import { writeIfChanged } from './manifest.mjs';
import { root } from './stamp.mjs';

// The generator brings a TypeScript with the programming interface that it needs; ours has none.
const { SyntaxKind } = createRequire(createRequire(import.meta.url).resolve('ts-json-schema-generator'))(
  'typescript',
);

/** A bigint is a decimal string in JSON: src/lib/plain.ts. */
class BigIntType extends BaseType {
  getId() {
    return 'bigint';
  }
}
const bigIntParser = {
  supportsNode: ({ kind }) => kind === SyntaxKind.BigIntKeyword,
  createType: () => new BigIntType(),
};
const bigIntFormatter = {
  supportsType: (type) => type instanceof BigIntType,
  getDefinition: () => ({ type: 'string', pattern: '^-?[0-9]+$' }),
  getChildren: () => [],
};

const config = {
  ...DEFAULT_CONFIG,
  path: join(root, 'src/cli/results.ts'),
  tsconfig: join(root, 'tsconfig.json'),
  expose: 'export',
  topRef: false,
  jsDoc: 'extended',
  encodeRefs: false,
  additionalProperties: false,
  // `npm run typecheck` is where that belongs.
  skipTypeCheck: true,
};

/** @returns file name → text, for every result and for errors */
export function schemaTexts() {
  const program = createProgram(config);
  const parser = createParser(program, config, (chain) => chain.addNodeParser(bigIntParser));
  const formatter = createFormatter(config, (chain) => chain.addTypeFormatter(bigIntFormatter));
  const generator = new SchemaGenerator(program, parser, formatter, config);
  const results = generator.createSchema('Results');
  const errors = generator.createSchema('ErrorObject');
  const definitions = { ...errors.definitions, ...results.definitions };
  const { definitions: _, $schema, ...errorObject } = errors;
  definitions.ErrorObject = errorObject;

  const texts = {};
  const add = (name, properties, required) => {
    const envelope = {
      $schema: 'http://json-schema.org/draft-07/schema#',
      $id: `bursar/${name}`,
      type: 'object',
      properties: { schema: { const: `bursar/${name}` }, ...properties },
      required: ['schema', ...required],
      additionalProperties: false,
    };
    texts[`${name.replace('/', '.')}.json`] =
      `${JSON.stringify(renamed({ ...envelope, definitions: reachable(envelope, definitions) }), null, 2)}\n`;
  };
  const error = { $ref: '#/definitions/ErrorObject' };
  // Only there when the chain says that it is a fork.
  const fork = {
    type: 'object',
    properties: { id: { type: 'string' }, block: { type: ['number', 'null'] } },
    required: ['id', 'block'],
    additionalProperties: false,
  };
  for (const [name, result] of Object.entries(results.properties))
    add(name, { result, fork, error }, ['result']);
  add('error/1', { fork, error }, ['error']);
  return texts;
}

/** The definitions that a schema refers to, and those that these refer to, sorted by name. */
function reachable(schema, definitions, found = {}) {
  for (const [, name] of JSON.stringify(schema).matchAll(/"\$ref":"#\/definitions\/((?:[^"\\]|\\.)+)"/g)) {
    const plain = JSON.parse(`"${name}"`);
    if (plain in found) continue;
    found[plain] = definitions[plain];
    reachable(definitions[plain], definitions, found);
  }
  return Object.fromEntries(Object.entries(found).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** `SendResult<StakeEffect>` is no name for a JSON pointer. */
function renamed(schema) {
  const plain = (name) => name.replaceAll(/[^\w.-]+/g, '-').replace(/-$/, '');
  return JSON.parse(JSON.stringify(schema), (key, value) => {
    if (key === '$ref') return `#/definitions/${plain(value.replace('#/definitions/', ''))}`;
    if (key !== 'definitions') return value;
    return Object.fromEntries(Object.entries(value).map(([name, definition]) => [plain(name), definition]));
  });
}

export function writeSchemas() {
  const directory = join(root, 'schemas');
  const texts = schemaTexts();
  mkdirSync(directory, { recursive: true });
  for (const file of readdirSync(directory)) {
    if (file.endsWith('.json') && !(file in texts)) rmSync(join(directory, file));
  }
  for (const [file, text] of Object.entries(texts)) writeIfChanged(join(directory, file), text);
  return Object.keys(texts);
}

/** Files that are missing, wrong or left over, by name. */
export function staleSchemas() {
  const directory = join(root, 'schemas');
  const texts = schemaTexts();
  const there = readdirSync(directory).filter((file) => file.endsWith('.json'));
  return [...new Set([...there, ...Object.keys(texts)])].filter(
    (file) =>
      !existsSync(join(directory, file)) || readFileSync(join(directory, file), 'utf8') !== texts[file],
  );
}
