/** The pallets of a runtime by the metadata's own names: calls with their arguments, errors with their documentation. */

import type { SiLookupTypeId, SiVariant } from '@polkadot/types/interfaces';
import { type BursarError, preconditionError, usageError } from '../errors.js';
import type * as Polkadot from './polkadot.js';

type Registry = InstanceType<(typeof Polkadot)['TypeRegistry']>;

export interface CallInfo {
  readonly index: number;
  readonly args: readonly FieldInfo[];
}

/** An argument of a call or a field of an event. */
export interface FieldInfo {
  readonly name: string;
  /** Its place in the type table. */
  readonly id: SiLookupTypeId;
  /** @polkadot's name of the type. */
  readonly type: string;
  /** How the pallet's source spells the type, such as `BalanceOf<T>`: what the number means, not only how it is encoded. */
  readonly typeName: string;
}

/** Calls and errors are looked up when they are first asked for: a chain has forty pallets, a command needs three. */
export interface PalletInfo {
  readonly name: string;
  readonly index: number;
  readonly calls: () => ReadonlyMap<string, CallInfo>;
  readonly events: () => ReadonlyMap<string, readonly FieldInfo[]>;
  readonly errors: () => ReadonlyMap<number, { name: string; docs: string }>;
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

export class Pallets {
  readonly #registry: Registry;
  readonly #byName = new Map<string, PalletInfo>();
  readonly #byIndex = new Map<number, PalletInfo>();

  /** @param registry with its metadata set */
  constructor(registry: Registry) {
    this.#registry = registry;
    for (const pallet of registry.metadata.pallets) this.#add(pallet);
  }

  names(): string[] {
    return [...this.#byName.keys()];
  }

  has(pallet: string): boolean {
    return this.#byName.has(pallet);
  }

  /** The pallet's index; it must be there. */
  index(pallet: string): number {
    return (this.#byName.get(pallet) as PalletInfo).index;
  }

  nameOf(index: number): string | undefined {
    return this.#byIndex.get(index)?.name;
  }

  findCall(pallet: string, call: string): CallInfo | undefined {
    return this.#byName.get(pallet)?.calls().get(call);
  }

  /** The fields of an event, in order. */
  eventFields(pallet: string, event: string): readonly FieldInfo[] {
    return this.#byName.get(pallet)?.events().get(event) ?? [];
  }

  /** @throws precondition CALL_MISSING, PALLET_MISSING */
  call(pallet: string, call: string): CallInfo {
    const info = this.findCall(pallet, call);
    if (!info) throw this.missing('CALL_MISSING', pallet, `call ${call}`);
    return info;
  }

  /** The names of the call with these two bytes. @throws usage CALL_DATA */
  callNames(callIndex: Uint8Array): { pallet: string; call: string; args: readonly FieldInfo[] } {
    const pallet = this.#byIndex.get(callIndex[0] ?? -1);
    for (const [call, info] of pallet?.calls() ?? [])
      if (info.index === callIndex[1]) return { pallet: pallet?.name ?? '', call, args: info.args };
    throw usageError('CALL_DATA', `This chain has no call ${callIndex[0]}.${callIndex[1]}.`);
  }

  /** `Pallet.Error` and its documentation. */
  error(index: number, error: Uint8Array): { name: string; docs: string } {
    const pallet = this.#byIndex.get(index);
    return pallet?.errors().get(error[0] ?? -1) ?? { name: `Module${index}.Error${error[0]}`, docs: '' };
  }

  /** The error for something that the chain lacks: the pallet itself, or a part of it. */
  missing(code: string, pallet: string, what: string): BursarError {
    return this.has(pallet)
      ? preconditionError(code, `The chain's pallet ${pallet} has no ${what}.`, {
          hint: 'The runtime is of another version than this command needs; `bursar doctor` says what the chain offers.',
        })
      : preconditionError('PALLET_MISSING', `The chain has no pallet ${pallet} (its ${what} is needed).`, {
          hint: 'Is this the right chain? Staking of Polkadot, Kusama, Westend and Paseo is on their Asset Hubs. `bursar doctor` says what the chain offers.',
        });
  }

  #add(pallet: Registry['metadata']['pallets'][number]): void {
    const name = pallet.name.toString();
    const index = pallet.index.toNumber();
    const lookup = this.#registry.lookup;
    const variants = (type: Parameters<typeof lookup.getSiType>[0]) =>
      lookup.getSiType(type).def.asVariant.variants;
    const calls = once(() => {
      const found = pallet.calls.isSome ? variants(pallet.calls.unwrap().type) : [];
      return new Map(
        found.map((variant) => [
          variant.name.toString(),
          { index: variant.index.toNumber(), args: this.#fields(variant) },
        ]),
      );
    });
    const events = once(() => {
      const found = pallet.events.isSome ? variants(pallet.events.unwrap().type) : [];
      return new Map(found.map((variant) => [variant.name.toString(), this.#fields(variant)]));
    });
    const errors = once(() => {
      const found = pallet.errors.isSome ? variants(pallet.errors.unwrap().type) : [];
      const docs = (variant: (typeof found)[number]) =>
        variant.docs
          .map((line) => line.toString().trim())
          .join(' ')
          .trim();
      return new Map(
        found.map((variant) => [
          variant.index.toNumber(),
          { name: `${name}.${variant.name}`, docs: docs(variant) },
        ]),
      );
    });
    const info: PalletInfo = { name, index, calls, events, errors };
    this.#byName.set(name, info);
    this.#byIndex.set(index, info);
  }

  #fields(variant: SiVariant): FieldInfo[] {
    return variant.fields.map((field, position) => ({
      name: field.name.isSome ? field.name.unwrap().toString() : `arg${position}`,
      id: field.type,
      type: this.#registry.createLookupType(field.type),
      typeName: field.typeName.isSome ? field.typeName.unwrap().toString() : '',
    }));
  }
}
