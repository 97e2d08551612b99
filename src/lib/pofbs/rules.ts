/**
 * Every rule that a published epoch is held to, under the name that verdicts use. `E_…` are the rules of the snapshot's
 * form, `C1` to `C7` the joint conditions of the paper (Proof-of-Balance-Sheet §3.3, step 3), `C4b` what they forgot, and
 * `R_…` bind the files to the manifest, the manifest to the GPMP, and the epoch to the one before.
 */

export type FormRule =
  | 'E_BOM'
  | 'E_HEADER'
  | 'E_COLUMNS'
  | 'E_QUOTE'
  | 'E_LINE_ENDING'
  | 'E_BLANK_LINE'
  | 'E_FINAL_NEWLINE'
  | 'E_ID_SYNTAX'
  | 'E_AMOUNT_SYNTAX'
  | 'E_AMOUNT_NONCANONICAL'
  | 'E_AMOUNT_RANGE'
  | 'E_ORDER'
  | 'E_EMPTY'
  | 'E_ROWCOUNT';

export type Condition = 'C1' | 'C2' | 'C3' | 'C4' | 'C4b' | 'C5' | 'C6' | 'C7';

export type BindingRule =
  | 'R_MANIFEST'
  | 'R_FILE'
  | 'R_OFFSETS'
  | 'R_ROOT'
  | 'R_TOTALS'
  | 'R_GPMP'
  | 'R_LINK'
  | 'R_REQUESTS_COVERED'
  | 'R_ASSET_BLOCK'
  | 'R_REQUEST_LIST';

export type Rule = FormRule | Condition | BindingRule;

/** What a rule says when it holds, in words for a person, and the attack or mistake that it stops. */
export interface RuleText {
  readonly says: string;
  readonly stops: string;
}

export const RULES: { readonly [Name in Rule]: RuleText } = {
  E_BOM: { says: 'The file does not begin with a byte order mark.', stops: 'two encodings of one file' },
  E_HEADER: {
    says: 'The first line is id,total,withdrawable,request.',
    stops: 'columns in another order, read by their place',
  },
  E_COLUMNS: { says: 'Every line has four columns.', stops: 'a value that moves into another column' },
  E_QUOTE: { says: 'Nothing is quoted.', stops: 'two encodings of one row' },
  E_LINE_ENDING: { says: 'Lines end with a single line feed.', stops: 'two encodings of one row' },
  E_BLANK_LINE: { says: 'No line is empty.', stops: 'two encodings of one file' },
  E_FINAL_NEWLINE: { says: 'The last line is complete.', stops: 'a file that was cut off' },
  E_ID_SYNTAX: {
    says: 'Every id has 64 lower-case hexadecimal digits.',
    stops: 'one id in two spellings, and truncated hashes',
  },
  E_AMOUNT_SYNTAX: {
    says: 'Every amount is a whole number in decimal digits.',
    stops: 'amounts that parsers read differently: fractions, exponents, signs, blanks',
  },
  E_AMOUNT_NONCANONICAL: {
    says: 'No amount has leading zeros.',
    stops: 'two encodings of one row',
  },
  E_AMOUNT_RANGE: { says: 'Every amount is below 2^128.', stops: 'sums that overflow' },
  E_ORDER: {
    says: 'Rows ascend by id.',
    stops: 'hidden duplicates, and more than one root for the same rows',
  },
  E_EMPTY: { says: 'There is at least one row.', stops: 'an epoch that owes nothing to nobody' },
  E_ROWCOUNT: {
    says: 'The file has as many rows as the manifest says.',
    stops: 'rows that are added or cut off, and padding that is taken for rows',
  },
  C1: { says: 'No total is negative.', stops: 'a negative balance that hides what is owed to others' },
  C2: { says: 'No withdrawable balance is negative.', stops: 'a negative balance' },
  C3: { says: 'No request is negative.', stops: 'a request that pays the custodian' },
  C4: { says: 'Nobody requests more than is withdrawable.', stops: 'paying out what is not there' },
  C4b: {
    says: 'Nobody may withdraw more than the total.',
    stops: 'a withdrawable balance that the total does not back',
  },
  C5: {
    says: 'The custody account holds at least the sum of all totals.',
    stops: 'owing more than there is',
  },
  C6: { says: 'No id occurs twice.', stops: 'one row that is shown to two users' },
  C7: {
    says: 'Timestamp and CID are those that were published.',
    stops: 'an old file, or another file for some of the users',
  },
  R_MANIFEST: {
    says: 'The manifest is in canonical form and its digest holds.',
    stops: 'two encodings of one manifest, and fields that were changed',
  },
  R_FILE: {
    says: 'Length, SHA-256 and CID of the file are those of the manifest.',
    stops: 'another file under the same name',
  },
  R_OFFSETS: {
    says: 'Shards begin where the manifest says.',
    stops: 'rows that are read twice or not at all when shards are read side by side',
  },
  R_ROOT: { says: 'The root is that of the rows.', stops: 'a root that belongs to other rows' },
  R_TOTALS: {
    says: 'Total and requests are the sums of the rows.',
    stops: 'a total that is smaller than what is owed',
  },
  R_GPMP: {
    says: 'The GPMP binds chain, custody, epoch, time, assets, totals and roots.',
    stops: 'an old snapshot, or one of another chain, used again',
  },
  R_LINK: {
    says: 'The epoch follows the one before and names its GPMP.',
    stops: 'epochs that are left out or exchanged',
  },
  R_REQUESTS_COVERED: {
    says: 'The custody account holds at least the sum of all requests.',
    stops: 'withdrawals that cannot be paid',
  },
  R_ASSET_BLOCK: {
    says: 'The balance was read at the finalized block that the manifest names.',
    stops: 'assets that are borrowed for a moment',
  },
  R_REQUEST_LIST: {
    says: 'The requests in the file are those on chain.',
    stops: 'withdrawals that are left out or invented',
  },
};
