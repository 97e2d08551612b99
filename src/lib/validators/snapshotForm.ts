/** From the JSON of a snapshot to its values, each checked: docs/validators.md describes the file. */

import type { Rules } from './choose.js';
import {
  bad,
  flag,
  list,
  nullable,
  oneOf,
  type Path,
  perbill,
  planck,
  real,
  record,
  text,
  whole,
} from './form.js';
import { type Method, REPUTATIONS } from './ranking.js';
import { DEFAULT_WEIGHTS, FORMULAS, type Weights } from './score.js';
import type {
  EraFacts,
  Facts,
  IdentitySource,
  Offence,
  Operator,
  ValidatorExposure,
  ValidatorFacts,
} from './types.js';

/** What a selection was asked for. */
export interface SelectionAsked {
  /** The account whose nominations it replaces; null: anybody's. */
  readonly account: string | null;
  /** What the account nominated then. */
  readonly current: readonly string[];
  readonly rules: Rules;
}

/** A snapshot as a file says it; what was computed from the facts is still only a claim. */
export interface SnapshotContent {
  readonly tool: { readonly name: string; readonly version: string };
  readonly method: Method;
  readonly facts: Facts;
  readonly ranking: unknown;
  readonly selection: (SelectionAsked & { readonly result: unknown }) | null;
}

/** @throws usage FILE_FORM, naming the place */
export function readContent(value: unknown): SnapshotContent {
  const at = 'content';
  const content = record(value, at);
  const tool = record(content.tool, `${at}.tool`);
  return {
    tool: { name: text(tool.name, `${at}.tool.name`), version: text(tool.version, `${at}.tool.version`) },
    method: method(content.method, `${at}.method`),
    facts: facts(content.facts, `${at}.facts`),
    ranking: content.ranking,
    selection: nullable(selection)(content.selection, `${at}.selection`),
  };
}

function selection(value: unknown, path: Path): NonNullable<SnapshotContent['selection']> {
  const of = record(value, path);
  const rules = record(of.rules, `${path}.rules`);
  return {
    account: nullable(text)(of.account, `${path}.account`),
    current: list(of.current, `${path}.current`, text),
    rules: {
      maxCommission: real(rules.maxCommission, `${path}.rules.maxCommission`),
      minNomination: real(rules.minNomination, `${path}.rules.minNomination`),
      maxPerOperator: whole(rules.maxPerOperator, `${path}.rules.maxPerOperator`),
      maxValidators: whole(rules.maxValidators, `${path}.rules.maxValidators`),
      keep: list(rules.keep, `${path}.rules.keep`, text),
      margin: real(rules.margin, `${path}.rules.margin`),
    },
    result: of.result,
  };
}

function method(value: unknown, path: Path): Method {
  const of = record(value, path);
  const weights = record(of.weights, `${path}.weights`);
  const names = Object.keys(DEFAULT_WEIGHTS) as (keyof Weights)[];
  return {
    formula: oneOf(FORMULAS)(of.formula, `${path}.formula`),
    reputation: oneOf(REPUTATIONS)(of.reputation, `${path}.reputation`),
    weights: Object.fromEntries(
      names.map((name) => [name, real(weights[name], `${path}.weights.${name}`)]),
    ) as unknown as Weights,
  };
}

function facts(value: unknown, path: Path): Facts {
  const of = record(value, path);
  const chain = record(of.chain, `${path}.chain`);
  const token = record(chain.token, `${path}.chain.token`);
  const block = record(of.block, `${path}.block`);
  const spans = record(of.spans, `${path}.spans`);
  const eras = list(of.eras, `${path}.eras`, era);
  return {
    chain: {
      genesisHash: text(chain.genesisHash, `${path}.chain.genesisHash`),
      specName: text(chain.specName, `${path}.chain.specName`),
      specVersion: whole(chain.specVersion, `${path}.chain.specVersion`),
      token: {
        symbol: text(token.symbol, `${path}.chain.token.symbol`),
        decimals: whole(token.decimals, `${path}.chain.token.decimals`),
        ss58Prefix: whole(token.ss58Prefix, `${path}.chain.token.ss58Prefix`),
      },
    },
    block: {
      hash: text(block.hash, `${path}.block.hash`),
      number: whole(block.number, `${path}.block.number`),
      timestamp: whole(block.timestamp, `${path}.block.timestamp`),
    },
    activeEra: whole(of.activeEra, `${path}.activeEra`),
    eraMs: nullable(whole)(of.eraMs, `${path}.eraMs`),
    spans: {
      week: whole(spans.week, `${path}.spans.week`),
      month: whole(spans.month, `${path}.spans.month`),
      slashEras: whole(spans.slashEras, `${path}.spans.slashEras`),
    },
    identities: identities(of.identities, `${path}.identities`),
    paidNominators: nullable(whole)(of.paidNominators, `${path}.paidNominators`),
    eras,
    validators: list(of.validators, `${path}.validators`, (one, where) => validator(one, where, eras.length)),
  };
}

function era(value: unknown, path: Path): EraFacts {
  const of = record(value, path);
  return {
    era: whole(of.era, `${path}.era`),
    points: whole(of.points, `${path}.points`),
    earners: whole(of.earners, `${path}.earners`),
    reward: nullable(planck)(of.reward, `${path}.reward`),
  };
}

function identities(value: unknown, path: Path): IdentitySource {
  const of = record(value, path);
  const kind = oneOf(['none', 'chain', 'file'])(of.kind, `${path}.kind`);
  if (kind === 'none') return { kind };
  if (kind === 'file') return { kind, file: text(of.file, `${path}.file`) };
  const other = nullable(record)(of.other, `${path}.other`);
  return {
    kind,
    other: other && {
      genesisHash: text(other.genesisHash, `${path}.other.genesisHash`),
      block: text(other.block, `${path}.other.block`),
    },
    file: nullable(text)(of.file, `${path}.file`),
  };
}

function validator(value: unknown, path: Path, eras: number): ValidatorFacts {
  const of = record(value, path);
  const points = list(of.points, `${path}.points`, nullable(whole));
  if (points.length !== eras) throw bad(`${path}.points`, `a list of ${eras} numbers, one for each era`);
  return {
    address: text(of.address, `${path}.address`),
    state: oneOf(['active', 'waiting', 'chilled'])(of.state, `${path}.state`),
    commission: nullable(perbill)(of.commission, `${path}.commission`),
    blocked: flag(of.blocked, `${path}.blocked`),
    exposure: nullable(exposure)(of.exposure, `${path}.exposure`),
    points,
    offences: list(of.offences, `${path}.offences`, offence),
    operator: nullable(operator)(of.operator, `${path}.operator`),
  };
}

function exposure(value: unknown, path: Path): ValidatorExposure {
  const of = record(value, path);
  return {
    total: planck(of.total, `${path}.total`),
    own: planck(of.own, `${path}.own`),
    nominators: whole(of.nominators, `${path}.nominators`),
    pages: nullable(whole)(of.pages, `${path}.pages`),
    unpaid: nullable(whole)(of.unpaid, `${path}.unpaid`),
  };
}

function offence(value: unknown, path: Path): Offence {
  const of = record(value, path);
  return {
    era: whole(of.era, `${path}.era`),
    kind: oneOf(['slashed', 'deferred', 'reported'])(of.kind, `${path}.kind`),
    fraction: nullable(perbill)(of.fraction, `${path}.fraction`),
  };
}

function operator(value: unknown, path: Path): Operator {
  const of = record(value, path);
  return {
    id: text(of.id, `${path}.id`),
    name: text(of.name, `${path}.name`),
    judgement: oneOf(['good', 'bad', 'unjudged'])(of.judgement, `${path}.judgement`),
    source: oneOf(['identity', 'parent', 'file'])(of.source, `${path}.source`),
  };
}
