/** Random numbers that are the same for the same seed, and what fuzzing makes of bytes with them. */

export type Random = ReturnType<typeof randomOf>;

/** mulberry32, seeded by a text. */
export function randomOf(seed: string) {
  let state = 0x811c9dc5;
  for (let at = 0; at < seed.length; at++) state = Math.imul(state ^ seed.charCodeAt(at), 0x01000193);
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  /** 0 … below − 1 */
  const below = (limit: number): number => Math.floor(next() * limit);
  const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T;
  const chance = (share: number): boolean => next() < share;
  const bytes = (length: number): Uint8Array => Uint8Array.from({ length }, () => below(256));
  return { next, below, pick, chance, bytes };
}

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);

/** What parsers stumble over. */
const TOKENS = [
  ...['\n', '\r', '\r\n', ',', '"', '""', '-', '+', '.', ' ', '\t', '\0', '0', '00', '-0', '1e3', '0x1f'],
  ...['340282366920938463463374607431768211455', '340282366920938463463374607431768211456', '٣', '\ufeff'],
  ...['{', '}', '[', ']', ':', 'null', 'true', '1.0', '1e400', '"__proto__":1,', '\\u0000', '\\', "'", ';'],
  ...[
    'ff'.repeat(32),
    'FF'.repeat(32),
    '00'.repeat(32),
    '0x',
    'id,total,withdrawable,request\n',
    '9'.repeat(78),
  ],
  ...['age-encryption.org/v1\n', '-> scrypt ', '--- ', '\x1f\x8b\x08', '(\u00b5/\u00fd'],
].map(encode);

/** Bytes after which something begins or ends. */
const MARKS = new Set([...encode('\n,"{}[]:-x>')]);

/** One change of a single byte. */
export function changeByte(random: Random, bytes: Uint8Array): Uint8Array {
  const changed = bytes.slice();
  if (changed.length === 0) return random.bytes(1);
  const at = placeIn(random, bytes, changed.length);
  const before = changed[at] as number;
  const other = random.chance(0.5) ? before ^ (1 << random.below(8)) : random.pick([...random.pick(TOKENS)]);
  changed[at] = other === before ? before ^ 1 : other;
  return changed;
}

/** A few changes of any kind. Never the same bytes as before. */
export function mutate(random: Random, bytes: Uint8Array): Uint8Array {
  let changed = bytes;
  for (let times = 1 + random.below(random.chance(0.7) ? 1 : 5); times > 0; times--)
    changed = mutateOnce(random, changed);
  return Buffer.from(changed).equals(bytes) ? changeByte(random, bytes) : changed;
}

function mutateOnce(random: Random, bytes: Uint8Array): Uint8Array {
  const at = placeIn(random, bytes, bytes.length + 1);
  const to = Math.min(bytes.length, at + 1 + random.below(random.chance(0.5) ? 4 : 200));
  const cut = (from: number, until: number, between: Uint8Array): Uint8Array =>
    new Uint8Array(Buffer.concat([bytes.subarray(0, from), between, bytes.subarray(until)]));
  switch (random.below(8)) {
    case 0:
    case 1:
      return changeByte(random, bytes);
    case 2:
      return cut(at, at, random.pick(TOKENS));
    case 3:
      return cut(at, to, random.pick(TOKENS));
    case 4:
      return cut(at, to, new Uint8Array(0));
    case 5:
      return cut(at, at, bytes.subarray(at, to));
    case 6:
      return cut(at, at, random.bytes(1 + random.below(8)));
    default:
      return random.chance(0.5) ? bytes.slice(0, at) : swapParts(random, bytes);
  }
}

/** Two pieces between line feeds or commas change places. */
function swapParts(random: Random, bytes: Uint8Array): Uint8Array {
  const mark = random.pick(['\n', ',']);
  const parts = Buffer.from(bytes).toString('latin1').split(mark);
  const [one, two] = [random.below(parts.length), random.below(parts.length)];
  [parts[one], parts[two]] = [parts[two] as string, parts[one] as string];
  return Buffer.from(parts.join(mark), 'latin1');
}

/** Any place, or one beside a byte that separates things. */
function placeIn(random: Random, bytes: Uint8Array, limit: number): number {
  const at = random.below(limit);
  if (random.chance(0.5)) return at;
  for (let near = at; near < Math.min(bytes.length, at + 200); near++)
    if (MARKS.has(bytes[near] as number)) return Math.min(limit - 1, near + random.below(2));
  return at;
}
