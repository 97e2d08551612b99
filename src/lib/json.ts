/**
 * JSON in which one text has one meaning. JSON.parse takes the last of two members of one name without a word: whoever
 * reads a file by eye, or with another parser, may read another value. Every file that is given to bursar is read here
 * (docs/decisions/strict-json.md).
 */

/** A name that occurs twice in one object. */
export class DuplicateName extends Error {
  override readonly name = 'DuplicateName';

  constructor(
    /** The name, as it was written by somebody else: to be escaped where it is shown. */
    readonly member: string,
    /** Where its second occurrence begins, in UTF-16 units from the start of the text. */
    readonly offset: number,
  ) {
    super('a name occurs twice in one object');
  }
}

/**
 * The value of a JSON text.
 * @throws SyntaxError for what is no JSON, RangeError for what is nested too deeply, {@link DuplicateName}
 */
export function parseJson(text: string): unknown {
  const value: unknown = JSON.parse(text);
  const twice = duplicateIn(text);
  if (twice !== null) throw twice;
  return value;
}

/** The first name that occurs twice in one object of a valid JSON text; null if none does. */
export function duplicateIn(json: string): DuplicateName | null {
  /** The containers that are open: of an object the names so far, of a list nothing. */
  const open: (Set<string> | null)[] = [];
  let name = false;
  for (let at = 0; at < json.length; at++) {
    switch (json[at]) {
      case '{':
        open.push(new Set());
        name = true;
        break;
      case '[':
        open.push(null);
        name = false;
        break;
      case '}':
      case ']':
        open.pop();
        name = false;
        break;
      case ',':
        name = open.at(-1) !== null;
        break;
      case '"': {
        const end = endOfText(json, at);
        if (name) {
          const names = open.at(-1) as Set<string>;
          // One name has several spellings: "a" is "\u0061".
          const member = JSON.parse(json.slice(at, end + 1)) as string;
          if (names.has(member)) return new DuplicateName(member, at);
          names.add(member);
          name = false;
        }
        at = end;
      }
    }
  }
  return null;
}

/** The place of the quote that ends the text that begins at `start`. */
function endOfText(json: string, start: number): number {
  for (let at = start + 1; ; at++) {
    if (json[at] === '"') return at;
    if (json[at] === '\\') at++;
  }
}
