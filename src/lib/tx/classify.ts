/**
 * The outcome of an extrinsic is the outcome of its innermost call. The chain says what became of nested calls only in
 * events, after the fact and in order: a batch marks every item, a proxy, a multisig, sudo and dispatch_as say how the
 * call inside ended. Two properties of FRAME make the reading unambiguous:
 * - a call that returns an error leaves no events (its storage layer is rolled back), so only calls that returned Ok have any;
 * - a wrapper's own event is the last one of the wrapper, after those of the call inside.
 * So the events are read backwards, from the outermost marker in; a failure that no call accounts for still counts.
 */

import type { Plain, Planck } from '../plain.js';
import type { ChainEvent, DispatchFailure, OutcomeNode, Verdict } from './outcome.js';
import type { RuntimeCall } from './plan.js';
import {
  BATCH_MARKERS,
  BATCHES,
  closesMotion,
  ITEM_MARKERS,
  innerCalls,
  markersFor,
  type ResultEvent,
  resultEvent,
  TRANSPARENT,
} from './wrappers.js';

export { innerCalls } from './wrappers.js';

export interface Classified {
  readonly verdict: Verdict;
  readonly failure?: DispatchFailure;
  readonly tree: OutcomeNode;
  /** Fee paid (planck), from TransactionPayment.TransactionFeePaid. */
  readonly fee?: Planck;
}

/** How the dispatch of the whole call ended, when it is not in the events (a dry run). */
export type DispatchResult =
  | { readonly ok: true }
  | { readonly ok: false; readonly failure: DispatchFailure };

/**
 * Reads the outcome tree of an extrinsic.
 * @param call the extrinsic's call
 * @param events the extrinsic's events, in the chain's order
 * @param result for a dry run, how the dispatch ended; otherwise read from System.ExtrinsicSuccess or ExtrinsicFailed
 */
export function classify(
  call: RuntimeCall,
  events: readonly ChainEvent[],
  result?: DispatchResult,
): Classified {
  const fee = feePaid(events);
  const outer = result ?? dispatchResult(events);
  if (!outer.ok) {
    const tree: OutcomeNode = {
      call,
      status: 'failed',
      failure: outer.failure,
      events: [],
      children: innerCalls(call).map(notRun),
    };
    return { verdict: 'dispatchFailed', failure: outer.failure, tree, ...(fee === undefined ? {} : { fee }) };
  }
  const reader = new Reader(events, call);
  const read = reader.succeeded(call, events.length).node;
  const strays = reader.strayFailures();
  const tree = strays.length === 0 ? read : { ...read, children: [...read.children, ...strays] };
  const failure = firstFailure(tree);
  return {
    verdict: failure ? 'innerCallFailed' : 'ok',
    ...(failure ? { failure } : {}),
    tree,
    ...(fee === undefined ? {} : { fee }),
  };
}

/** The nodes without children, in order: the calls that do something. */
export function leaves(node: OutcomeNode): OutcomeNode[] {
  return node.children.length === 0 ? [node] : node.children.flatMap(leaves);
}

class Reader {
  readonly #markers: ReadonlySet<string>;
  /** Markers that some call was read with. */
  readonly #read = new Set<number>();

  constructor(
    readonly events: readonly ChainEvent[],
    call: RuntimeCall,
  ) {
    this.#markers = markersFor(call);
  }

  /** Reads a call that returned Ok and whose events end before `end`; says where they begin. */
  succeeded(call: RuntimeCall, end: number): Read {
    const name = `${call.pallet}.${call.call}`;
    if (BATCHES.has(name)) return this.#batch(call, end);
    if (name === 'Utility.if_else') return this.#ifElse(call, end);
    const wrapper = resultEvent(call);
    if (wrapper) return this.#wrapper(call, end, wrapper);
    if (TRANSPARENT.has(name)) return this.#transparent(call, end);
    return closesMotion(call) ? this.#motion(call, end) : this.#leaf(call, end);
  }

  /**
   * Failures that events tell and no call of the tree accounts for: of calls that the extrinsic knows only by their
   * hash, or of a wrapper that is not known here. They must not pass for a success.
   */
  strayFailures(): OutcomeNode[] {
    return this.events.flatMap((event, index) => {
      if (!this.#markers.has(event.name) || this.#read.has(index)) return [];
      const failure = failureIn(event);
      return failure ? [{ ...failed(hiddenCall(event), failure), events: [event] }] : [];
    });
  }

  #batch(call: RuntimeCall, end: number): Read {
    const items = innerCalls(call);
    const marker = this.#marker(end, BATCH_MARKERS);
    if (marker === undefined) return this.#leaf(call, end); // an empty batch of an old runtime
    const event = this.events[marker] as ChainEvent;
    const children: OutcomeNode[] = [];
    let cursor = marker;
    let last = items.length - 1;
    if (event.name === 'Utility.BatchInterrupted') {
      const index = Number(field(event, 'index', 0));
      const broken = items[index];
      // Whatever the index says, a batch that was interrupted has a call that failed.
      last = broken ? index - 1 : -1;
      children.push(
        ...items
          .slice(last + (broken ? 2 : 1))
          .reverse()
          .map(notRun),
        failed(broken ?? hiddenCall(event), asFailure(field(event, 'error', 1))),
      );
    }
    for (let index = last; index >= 0; index--) {
      const item = items[index] as RuntimeCall;
      const own = this.#marker(cursor, ITEM_MARKERS);
      const mark = own === undefined ? undefined : this.events[own];
      if (own === undefined || !mark) {
        // Runtimes of before 2022 do not mark the items of a batch that stops at the first failure.
        children.push(
          event.name === 'Utility.BatchCompletedWithErrors'
            ? failed(item, NO_OUTCOME)
            : this.#ok(item, [], []),
        );
      } else if (mark.name === 'Utility.ItemFailed') {
        children.push(failed(item, asFailure(field(mark, 'error', 0))));
        cursor = own;
      } else {
        const read = this.succeeded(item, own);
        children.push(read.node);
        cursor = read.start;
      }
    }
    return { node: this.#ok(call, [event], children.reverse()), start: cursor };
  }

  #ifElse(call: RuntimeCall, end: number): Read {
    const [main, fallback] = innerCalls(call);
    const marker = this.#marker(end, ['Utility.IfElseMainSuccess', 'Utility.IfElseFallbackCalled']);
    const event = marker === undefined ? undefined : this.events[marker];
    if (marker === undefined || !event || !main || !fallback) return this.#incomplete(call, end);
    if (event.name === 'Utility.IfElseMainSuccess') {
      const read = this.succeeded(main, marker);
      return { node: this.#ok(call, [event], [read.node, notRun(fallback)]), start: read.start };
    }
    // The fallback is what the signer wanted in this case: a main call that failed is told, but is not a failure of the whole.
    const read = this.succeeded(fallback, marker);
    const missed: OutcomeNode = { ...notRun(main), failure: asFailure(field(event, 'mainError', 0)) };
    return { node: this.#ok(call, [event], [missed, read.node]), start: read.start };
  }

  #wrapper(call: RuntimeCall, end: number, { event: name, field: key, index, absent }: ResultEvent): Read {
    const inner = innerCalls(call)[0];
    const marker = this.#marker(end, [name]);
    const event = marker === undefined ? undefined : this.events[marker];
    if (marker === undefined || !event || !inner) {
      if (absent === 'transparent') return this.#transparent(call, end);
      if (absent === undefined) return this.#incomplete(call, end);
      const read = this.#leaf(call, end);
      const node: OutcomeNode = { ...read.node, status: 'pending', children: inner ? [pending(inner)] : [] };
      return { node, start: read.start };
    }
    const result = field(event, key, index);
    if (isError(result)) {
      return {
        node: this.#ok(call, [event], [failed(inner, asFailure(result.Err))]),
        start: this.#back(marker),
      };
    }
    const read = this.succeeded(inner, marker);
    return { node: this.#ok(call, [event], [read.node]), start: read.start };
  }

  #transparent(call: RuntimeCall, end: number): Read {
    const inner = innerCalls(call)[0];
    if (!inner) return this.#leaf(call, end);
    const read = this.succeeded(inner, end);
    return { node: this.#ok(call, [], [read.node]), start: read.start };
  }

  /** A motion that is closed: what its call emitted stands between `Approved` and `Executed`, and may be anything. */
  #motion(call: RuntimeCall, end: number): Read {
    const marker = this.#marker(end, [`${call.pallet}.Executed`]);
    const event = marker === undefined ? undefined : this.events[marker];
    if (marker === undefined || !event) return this.#leaf(call, end); // not approved
    const hash = field(event, 'proposalHash', 0);
    let begin = marker;
    while (
      begin > 0 &&
      !(
        this.events[begin]?.name === `${call.pallet}.Approved` &&
        field(this.events[begin] as ChainEvent, 'proposalHash', 0) === hash
      )
    )
      begin--;
    const start = this.#back(begin);
    const result = field(event, 'result', 1);
    const children = isError(result) ? [failed(hiddenCall(event), asFailure(result.Err))] : [];
    return { node: this.#ok(call, this.#own(start, end), children), start };
  }

  #leaf(call: RuntimeCall, end: number): Read {
    const start = this.#back(end);
    return { node: this.#ok(call, this.#own(start, end), []), start };
  }

  /** A wrapper that returned Ok without the event that it always has: what became of its call is not known. */
  #incomplete(call: RuntimeCall, end: number): Read {
    const { node, start } = this.#leaf(call, end);
    return { node: { ...node, children: innerCalls(call).map((inner) => failed(inner, NO_OUTCOME)) }, start };
  }

  #own(start: number, end: number): ChainEvent[] {
    return this.events
      .slice(start, end)
      .filter((event) => !/^(System\.Extrinsic|TransactionPayment\.)/.test(event.name));
  }

  #ok(call: RuntimeCall, events: readonly ChainEvent[], children: readonly OutcomeNode[]): OutcomeNode {
    return { call, status: 'ok', events, children };
  }

  /** Index of the nearest marker before `end`, if it is one of `names`: another marker belongs to somebody else. */
  #marker(end: number, names: readonly string[]): number | undefined {
    for (let index = end - 1; index >= 0; index--) {
      const name = this.events[index]?.name ?? '';
      if (names.includes(name)) {
        this.#read.add(index);
        return index;
      }
      if (this.#markers.has(name)) return undefined;
    }
    return undefined;
  }

  /** Where the events of a call without markers that ends before `end` begin. */
  #back(end: number): number {
    let index = end;
    while (index > 0 && !this.#markers.has(this.events[index - 1]?.name ?? '')) index--;
    return index;
  }
}

interface Read {
  readonly node: OutcomeNode;
  readonly start: number;
}

/** The failure that a marker tells, if it tells one. */
function failureIn(event: ChainEvent): DispatchFailure | undefined {
  if (event.name === 'Utility.ItemFailed') return asFailure(field(event, 'error', 0));
  if (event.name === 'Utility.BatchInterrupted') return asFailure(field(event, 'error', 1));
  const fields = event.data !== null && typeof event.data === 'object' ? Object.values(event.data) : [];
  const result = fields.find(isError);
  return result ? asFailure(result.Err) : undefined;
}

/** Stands for a call that the extrinsic does not contain. */
const hiddenCall = (event: ChainEvent): RuntimeCall => ({
  pallet: event.name.split('.')[0] ?? '',
  call: 'proposal',
  args: {},
});

const NO_OUTCOME: DispatchFailure = {
  name: 'NoOutcome',
  docs: 'The block holds no outcome event for this call.',
};

function dispatchResult(events: readonly ChainEvent[]): DispatchResult {
  const last = events.findLast(
    (event) => event.name === 'System.ExtrinsicFailed' || event.name === 'System.ExtrinsicSuccess',
  );
  if (last?.name === 'System.ExtrinsicFailed')
    return { ok: false, failure: asFailure(field(last, 'dispatchError', 0)) };
  return last ? { ok: true } : { ok: false, failure: NO_OUTCOME };
}

function feePaid(events: readonly ChainEvent[]): Planck | undefined {
  const paid = events.find((event) => event.name === 'TransactionPayment.TransactionFeePaid');
  const value = paid && field(paid, 'actualFee', 1);
  return value === undefined || value === null ? undefined : BigInt(value as bigint);
}

/** A field of an event by name, or by place where an old runtime gives no names. */
export function field(event: ChainEvent, name: string, index: number): Plain | undefined {
  if (Array.isArray(event.data)) return (event.data as readonly Plain[])[index];
  return event.data !== null && typeof event.data === 'object'
    ? (event.data as Record<string, Plain>)[name]
    : undefined;
}

function isError(value: unknown): value is { Err: Plain } {
  return value !== null && typeof value === 'object' && 'Err' in value;
}

function asFailure(value: Plain | undefined): DispatchFailure {
  if (value !== null && typeof value === 'object') {
    if ('name' in value) return value as unknown as DispatchFailure;
    if ('error' in value) return asFailure((value as { error: Plain }).error);
  }
  return { name: typeof value === 'string' ? value : 'Other' };
}

const failed = (call: RuntimeCall, failure: DispatchFailure): OutcomeNode => ({
  call,
  status: 'failed',
  failure,
  events: [],
  children: innerCalls(call).map(notRun),
});
const notRun = (call: RuntimeCall): OutcomeNode => ({
  call,
  status: 'notRun',
  events: [],
  children: innerCalls(call).map(notRun),
});
const pending = (call: RuntimeCall): OutcomeNode => ({
  call,
  status: 'pending',
  events: [],
  children: innerCalls(call).map(pending),
});

function firstFailure(node: OutcomeNode): DispatchFailure | undefined {
  for (const child of node.children) {
    const found = firstFailure(child);
    if (found) return found;
  }
  return node.status === 'failed' ? node.failure : undefined;
}
