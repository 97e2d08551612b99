/**
 * How text from outside is shown: chains, endpoints, files and command lines say what they like. Each of the three
 * questions (can it steer a terminal, does it hold a key of an endpoint, could it be a secret) is answered here and nowhere else.
 */

/**
 * Controls, changes of direction, line and paragraph separators, lone surrogates, private letters, and whatever a
 * terminal leaves out: U+034F, the Hangul fillers, the variation selectors and the tags are no format characters.
 */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Default_Ignorable_Code_Point}]/gu;

/** What moves a cursor, ends a line, hides or reorders text is written as an escape; other letters stay readable. */
export const escapeInvisible = (text: string): string =>
  text.replace(INVISIBLE, (char) => {
    const code = char.codePointAt(0)!;
    return SHORT[code] ?? `\\u{${code.toString(16)}}`;
  });

/** By code: a bundler would write the letters themselves into the page's script. */
const SHORT: Readonly<Record<number, string>> = { 9: '\\t', 10: '\\n', 13: '\\r' };

/** Prose of several lines, as one: a line break inside a value must not look like a line of bursar's own. */
export const oneLine = (text: string): string => escapeInvisible(text.replace(/\s*\r?\n\s*/g, ' '));

/** The same inside JSON text, as JSON escapes: the values do not change. */
export const escapeInvisibleJson = (json: string): string =>
  json.replace(INVISIBLE, (char) =>
    // The only ones that JSON text may have between its tokens.
    char === '\n'
      ? char
      : [...Array(char.length).keys()]
          .map((at) => `\\u${char.charCodeAt(at).toString(16).padStart(4, '0')}`)
          .join(''),
  );

/** Parts of paths that public endpoints have, alone or joined by dashes. Anything else may be a key, and is not shown. */
const PUBLIC_WORD = 'ws|wss|rpc|public|assethub|asset|hub|mainnet|polkadot|kusama|westend|paseo|v\\d';
const PUBLIC_PART = new RegExp(`^(?:(?:${PUBLIC_WORD})(?:-(?:${PUBLIC_WORD})){0,3})?$`, 'i');

/**
 * An address as it may be shown anywhere: scheme, host and port, and of the rest only what cannot be a key. Providers
 * put keys into user and password, the path and the query alike.
 */
export function showUrl(text: string): string {
  const url = text.trim();
  const [, scheme, userInfo = '', host = '', rest = ''] =
    /^([a-z][a-z0-9+.-]*:\/\/)((?:[^/\\?#]*@)?)([^/\\?#@]*)([\s\S]*)$/i.exec(url) ?? [];
  // Not a URL: then nobody knows which part of it is what.
  if (scheme === undefined) return /[@?/\\=]/.test(url) ? '…' : escapeInvisible(url);
  if (url.includes('@') && !URL.canParse(url)) return `${scheme}…`;
  const [path = '', more] = rest.split(/[?#]/, 2);
  const shownPath = path
    .split('/')
    .map((part) => (PUBLIC_PART.test(part) ? part : '…'))
    .join('/');
  return escapeInvisible(
    `${scheme}${userInfo === '' ? '' : '…@'}${host}${shownPath}${more === undefined ? '' : '?…'}`,
  );
}

/** Whether an address has parts that are not shown: then it is not repeated in a command either. */
export const mayHoldSecret = (url: string): boolean => showUrl(url) !== url.trim();

/** Where a URL stands in somebody else's sentence (an error of the system or of a library). */
export const showUrlsIn = (sentence: string): string =>
  sentence.replace(/\b(?:wss?|https?):\/\/[^\s"'<>]+/gi, (url) => showUrl(url));

/** Six words in a row that could be of a mnemonic (BIP-39's words have 3 to 8 letters): a part of one is a secret too. */
const WORDS = /(?<![\p{L}\d])(?:[a-z]{3,8}\s+){5}[a-z]{3,8}(?![\p{L}\d])/iu;

/** Whether a text could hold the words of a secret phrase. */
export const looksLikeWords = (text: string): boolean => WORDS.test(text.slice(0, 4_000));

/** Runs of such words in the arguments of a command line. */
const phrasesIn = (argv: readonly string[]): string[] =>
  argv.flatMap((argument) => argument.slice(0, 4_000).match(/(?:[a-z]{3,8}\s+){5,}[a-z]{3,8}/giu) ?? []);

/**
 * The last look at a sentence that is about to be printed: it may quote an argument by way of the system's or a library's own
 * message, such as "no such file …".
 */
export function withoutPhrases(text: string, argv: readonly string[]): string {
  return phrasesIn(argv).reduce((shown, phrase) => shown.replaceAll(phrase, NOT_SHOWN), text);
}

/**
 * Input that is repeated: without keys of endpoints, and not at all if it could hold the words of a secret phrase. It is not
 * escaped yet.
 */
export const repeatable = (text: string): string => (looksLikeWords(text) ? NOT_SHOWN : showUrlsIn(text));

export const NOT_SHOWN = '(not shown: it could be a secret)';
