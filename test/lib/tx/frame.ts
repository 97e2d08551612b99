/**
 * A small FRAME in a test: dispatches trees of calls and emits the events that the pallets emit (pallet-utility 49.0.1,
 * -proxy 49, -multisig 49, -sudo 49, -collective 49), with the storage layer that forgets the events of a failed call.
 * It also says what became of every call, which a reader of the events has to find out.
 */

import type { Plain } from '../../../src/lib/plain.js';
import type { ChainEvent, DispatchFailure, OutcomeNode } from '../../../src/lib/tx/outcome.js';
import type { RuntimeCall } from '../../../src/lib/tx/plan.js';

export type Tree =
  | { readonly kind: 'leaf'; readonly ok: boolean; readonly id: number; readonly emits: readonly string[] }
  | { readonly kind: 'batch' | 'batch_all' | 'force_batch'; readonly items: readonly Tree[] }
  | { readonly kind: Around; readonly inner: Tree }
  | { readonly kind: 'if_else'; readonly main: Tree; readonly fallback: Tree }
  /** A motion that is closed; approved, its call is dispatched, which the extrinsic knows only by its hash. */
  | { readonly kind: 'close'; readonly id: number; readonly approved: boolean; readonly inner: Tree }
  /** A wrapper that refuses before it looks inside. */
  | { readonly kind: 'refused'; readonly id: number; readonly inner: Tree };

export const AROUND = [
  'proxy',
  'proxy_announced',
  'remote_proxy',
  'as_multi',
  'as_multi_pending',
  'as_multi_threshold_1',
  'sudo',
  'sudo_as',
  'dispatch_as',
  'dispatch_as_fallible',
  'as_derivative',
  'with_weight',
  'council_execute',
  'council_propose_one',
  'council_propose_many',
] as const;
export type Around = (typeof AROUND)[number];

const call = (pallet: string, name: string, args: Record<string, unknown> = {}): RuntimeCall => ({
  pallet,
  call: name,
  args: args as RuntimeCall['args'],
});

const OUTER: Readonly<Record<Around, (inner: RuntimeCall) => RuntimeCall>> = {
  proxy: (inner) => call('Proxy', 'proxy', { real: 'R', force_proxy_type: null, call: inner }),
  proxy_announced: (inner) =>
    call('Proxy', 'proxy_announced', { delegate: 'D', real: 'R', force_proxy_type: null, call: inner }),
  remote_proxy: (inner) =>
    call('RemoteProxyRelayChain', 'remote_proxy', { real: 'R', call: inner, proof: '0x' }),
  as_multi: (inner) => call('Multisig', 'as_multi', { threshold: 2, call: inner, max_weight: {} }),
  as_multi_pending: (inner) => call('Multisig', 'as_multi', { threshold: 3, call: inner, max_weight: {} }),
  as_multi_threshold_1: (inner) =>
    call('Multisig', 'as_multi_threshold_1', { other_signatories: ['S'], call: inner }),
  sudo: (inner) => call('Sudo', 'sudo', { call: inner }),
  sudo_as: (inner) => call('Sudo', 'sudo_as', { who: 'W', call: inner }),
  dispatch_as: (inner) => call('Utility', 'dispatch_as', { as_origin: 'O', call: inner }),
  dispatch_as_fallible: (inner) => call('Utility', 'dispatch_as_fallible', { as_origin: 'O', call: inner }),
  as_derivative: (inner) => call('Utility', 'as_derivative', { index: 1, call: inner }),
  with_weight: (inner) => call('Utility', 'with_weight', { call: inner, weight: {} }),
  council_execute: (inner) => call('Council', 'execute', { proposal: inner, length_bound: 9 }),
  council_propose_one: (inner) =>
    call('Council', 'propose', { threshold: 1, proposal: inner, length_bound: 9 }),
  council_propose_many: (inner) =>
    call('Council', 'propose', { threshold: 3, proposal: inner, length_bound: 9 }),
};

export function toCall(tree: Tree): RuntimeCall {
  switch (tree.kind) {
    case 'leaf':
      return call('Staking', 'bond', { value: tree.id });
    case 'batch':
    case 'batch_all':
    case 'force_batch':
      return call('Utility', tree.kind, { calls: tree.items.map(toCall) });
    case 'if_else':
      return call('Utility', 'if_else', { main: toCall(tree.main), fallback: toCall(tree.fallback) });
    case 'close':
      return call('Council', 'close', { proposal_hash: hashOf(tree.id), index: tree.id });
    case 'refused':
      return OUTER.proxy(toCall(tree.inner));
    default:
      return OUTER[tree.kind](toCall(tree.inner));
  }
}

const hashOf = (id: number) => `0x${id}`;

/** What the test compares: a node without its events. */
export interface Expected {
  readonly call: RuntimeCall;
  readonly status: OutcomeNode['status'];
  readonly failure?: DispatchFailure;
  readonly children: readonly Expected[];
}

type Run = { readonly error?: DispatchFailure; readonly node: Expected };

/** An event, and whether it was emitted by a call that the extrinsic does not contain. */
interface Emitted {
  readonly event: ChainEvent;
  readonly hidden: boolean;
}

export interface Ran {
  readonly error?: DispatchFailure;
  readonly events: readonly ChainEvent[];
  readonly tree: Expected;
}

/**
 * Dispatches.
 * @param named whether the runtime's metadata names the events' fields
 */
export function dispatch(tree: Tree, named: boolean): Ran {
  const machine = new Machine(named);
  const { error, node } = machine.dispatch(tree, false);
  const strays = machine.events.filter(({ hidden, event }) => hidden && tellsFailure(event)).map(stray);
  return {
    ...(error ? { error } : {}),
    events: machine.events.map(({ event }) => event),
    tree: strays.length === 0 ? node : { ...node, children: [...node.children, ...strays] },
  };
}

class Machine {
  events: Emitted[] = [];

  constructor(readonly named: boolean) {}

  dispatch(tree: Tree, hidden: boolean): Run {
    const before = this.events.length;
    const run = this.#run(tree, hidden);
    if (!run.error) return run;
    this.events.length = before; // the storage layer
    return { error: run.error, node: failedNode(toCall(tree), run.error) };
  }

  #run(tree: Tree, hidden: boolean): Run {
    const emit = (name: string, fields: Record<string, Plain> = {}) => {
      const data: Plain = this.named ? fields : Object.values(fields);
      this.events.push({ event: { name, data }, hidden });
    };
    const self = toCall(tree);
    const ok = (children: readonly Expected[]): Run => ({ node: { call: self, status: 'ok', children } });
    const fail = (error: DispatchFailure): Run => ({ error, node: failedNode(self, error) });
    const result = ({ error }: Run): Plain => (error ? { Err: error as unknown as Plain } : 'Ok');
    switch (tree.kind) {
      case 'leaf':
        for (const name of tree.emits) emit(name, { who: 'W', amount: 1n, result: { Err: { name: 'Odd' } } });
        return tree.ok ? ok([]) : fail({ name: `Test.E${tree.id}` });
      case 'refused':
        return fail({ name: `Proxy.E${tree.id}` });
      case 'batch': {
        const children: Expected[] = [];
        for (const [index, item] of tree.items.entries()) {
          const run = this.dispatch(item, hidden);
          children.push(run.node);
          if (run.error) {
            emit('Utility.BatchInterrupted', { index, error: run.error as unknown as Plain });
            return ok([...children, ...tree.items.slice(index + 1).map((rest) => notRunNode(toCall(rest)))]);
          }
          emit('Utility.ItemCompleted');
        }
        emit('Utility.BatchCompleted');
        return ok(children);
      }
      case 'batch_all': {
        const children: Expected[] = [];
        for (const item of tree.items) {
          const run = this.dispatch(item, hidden);
          if (run.error) return fail(run.error);
          children.push(run.node);
          emit('Utility.ItemCompleted');
        }
        emit('Utility.BatchCompleted');
        return ok(children);
      }
      case 'force_batch': {
        const children: Expected[] = [];
        for (const item of tree.items) {
          const run = this.dispatch(item, hidden);
          children.push(run.node);
          if (run.error) emit('Utility.ItemFailed', { error: run.error as unknown as Plain });
          else emit('Utility.ItemCompleted');
        }
        const broken = children.some(({ status }) => status === 'failed');
        emit(broken ? 'Utility.BatchCompletedWithErrors' : 'Utility.BatchCompleted');
        return ok(children);
      }
      case 'if_else': {
        const main = this.dispatch(tree.main, hidden);
        if (!main.error) {
          emit('Utility.IfElseMainSuccess');
          return ok([main.node, notRunNode(toCall(tree.fallback))]);
        }
        const fallback = this.dispatch(tree.fallback, hidden);
        if (fallback.error) return fail(fallback.error);
        emit('Utility.IfElseFallbackCalled', { mainError: main.error as unknown as Plain });
        return ok([{ ...notRunNode(toCall(tree.main)), failure: main.error }, fallback.node]);
      }
      case 'close': {
        const proposalHash = hashOf(tree.id);
        emit('Council.Closed', { proposalHash, yes: 3, no: 0 });
        if (!tree.approved) {
          emit('Council.Disapproved', { proposalHash });
          return ok([]);
        }
        emit('Council.Approved', { proposalHash });
        const run = this.dispatch(tree.inner, true);
        emit('Council.Executed', { proposalHash, result: result(run) });
        return ok(run.error ? [failedNode(call('Council', 'proposal'), run.error)] : []);
      }
      case 'as_multi_pending':
        emit('Multisig.NewMultisig', { approving: 'A', multisig: 'M', callHash: '0x' });
        return { node: pendingNode(self) };
      case 'council_propose_many':
        emit('Council.Proposed', { account: 'A', proposalIndex: 1, proposalHash: '0x', threshold: 3 });
        return { node: pendingNode(self) };
      // Their errors are the inner call's.
      case 'as_derivative':
      case 'with_weight':
      case 'as_multi_threshold_1':
      case 'dispatch_as_fallible': {
        const run = this.dispatch(tree.inner, hidden);
        if (run.error) return fail(run.error);
        if (tree.kind === 'as_multi_threshold_1') emit('Multisig.MultisigExecuted', multisig(result(run)));
        if (tree.kind === 'dispatch_as_fallible') emit('Utility.DispatchedAs', { result: result(run) });
        return ok([run.node]);
      }
      default: {
        const run = this.dispatch(tree.inner, hidden);
        const [name, fields] = EVENTS[tree.kind](result(run));
        emit(name, fields);
        return ok([run.node]);
      }
    }
  }
}

const multisig = (result: Plain): Record<string, Plain> => ({
  approving: 'A',
  timepoint: { height: 1, index: 1 },
  multisig: 'M',
  callHash: '0x',
  result,
});

const proxied = (result: Plain): [string, Record<string, Plain>] => ['Proxy.ProxyExecuted', { result }];
const EVENTS = {
  proxy: proxied,
  proxy_announced: proxied,
  remote_proxy: proxied,
  as_multi: (result: Plain): [string, Record<string, Plain>] => [
    'Multisig.MultisigExecuted',
    multisig(result),
  ],
  sudo: (sudoResult: Plain): [string, Record<string, Plain>] => ['Sudo.Sudid', { sudoResult }],
  sudo_as: (sudoResult: Plain): [string, Record<string, Plain>] => ['Sudo.SudoAsDone', { sudoResult }],
  dispatch_as: (result: Plain): [string, Record<string, Plain>] => ['Utility.DispatchedAs', { result }],
  council_execute: (result: Plain): [string, Record<string, Plain>] => [
    'Council.MemberExecuted',
    { proposalHash: '0x', result },
  ],
  council_propose_one: (result: Plain): [string, Record<string, Plain>] => [
    'Council.Executed',
    { proposalHash: '0x', result },
  ],
};

function inside(outer: RuntimeCall): RuntimeCall[] {
  return Object.values(outer.args)
    .flat()
    .filter((value) => typeof value === 'object' && value !== null && 'pallet' in value) as never;
}

const withStatus =
  (status: Expected['status']) =>
  (self: RuntimeCall): Expected => ({ call: self, status, children: inside(self).map(withStatus(status)) });
const notRunNode = withStatus('notRun');
const pendingNode = withStatus('pending');
const failedNode = (self: RuntimeCall, failure: DispatchFailure): Expected => ({
  call: self,
  status: 'failed',
  failure,
  children: inside(self).map(notRunNode),
});

const MARKER =
  /^(Utility\.(ItemFailed|BatchInterrupted|DispatchedAs)|Proxy\.ProxyExecuted|Multisig\.MultisigExecuted|Sudo\.\w+|Council\.(Member)?Executed)$/;

/** The error in an event of a call that the extrinsic does not contain. */
function errorIn(event: ChainEvent): DispatchFailure | undefined {
  if (!MARKER.test(event.name)) return undefined;
  for (const value of Object.values(event.data as Record<string, Plain>)) {
    if (value === null || typeof value !== 'object') continue;
    if ('Err' in value) return value.Err as unknown as DispatchFailure;
    if ('name' in value) return value as unknown as DispatchFailure;
  }
  return undefined;
}
const tellsFailure = (event: ChainEvent): boolean => errorIn(event) !== undefined;
const stray = ({ event }: Emitted): Expected =>
  failedNode(call(event.name.split('.')[0] as string, 'proposal'), errorIn(event) as DispatchFailure);
