/**
 * `MultiAddress` as the chain's own metadata has it. @polkadot's class takes an account index for a compact u32 on every
 * chain; where the runtime has no indices it is `()` and no byte, so that everything behind it would be read one to five
 * bytes too late: another call than the chain executes. It also guesses the kind from the number of bytes that are left.
 */

import type { Registry } from '@polkadot/types/types';
import type { P } from './codec.js';

/** Replaces @polkadot's class in a registry. Call it before the metadata is set. */
export function registerMultiAddress(p: P, registry: InstanceType<P['TypeRegistry']>): void {
  let definition: Record<string, string> | undefined;
  /** The variants by the metadata; asked for when the first address is made, when the metadata is set. */
  const variants = () => {
    definition ??= definitionOf(registry);
    return definition;
  };
  class MultiAddress extends p.Enum {
    constructor(owner: Registry, value?: unknown, index?: number) {
      super(
        owner,
        variants(),
        typeof value === 'string' && !Object.hasOwn(variants(), value) ? { Id: value } : value,
        index,
      );
    }
  }
  registry.register('MultiAddress', MultiAddress as never);
}

function definitionOf(registry: InstanceType<P['TypeRegistry']>): Record<string, string> {
  const { lookup } = registry;
  const found = lookup.types.find(({ type: { path } }) => path.at(-1)?.toString() === 'MultiAddress');
  const variants = found?.type.def.asVariant.variants ?? [];
  return Object.fromEntries(
    variants.map((variant) => {
      const field = variant.fields[0]?.type;
      const name = variant.name.toString();
      if (field === undefined) return [name, 'Null'];
      const { def } = lookup.getSiType(field);
      // @polkadot has no compact of nothing.
      const inner = def.isCompact ? lookup.getSiType(def.asCompact.type).def : def;
      return [name, inner.isTuple && inner.asTuple.length === 0 ? 'Null' : registry.createLookupType(field)];
    }),
  );
}
