/** Transaction extensions: what a chain wants to be signed, and whether this version of @polkadot/types can fill it in. */

import type { P } from './codec.js';

type Registry = InstanceType<P['TypeRegistry']>;
type LookupId = Parameters<Registry['createLookupType']>[0];

/** A transaction extension: what it puts into the extrinsic, and what it adds only to the bytes that are signed. */
export interface Extension {
  readonly identifier: string;
  readonly type: LookupId;
  readonly implicit: LookupId;
}

/**
 * Read from the metadata's own version: @polkadot/types 16.5.6 loses the implicit part when it converts version 14 or 15
 * to 16 (toV16 misspells the field).
 */
export function extensionsOf(metadata: InstanceType<P['Metadata']>): Extension[] {
  if (metadata.version === 16) {
    return metadata.asV16.extrinsic.transactionExtensions.map(({ identifier, type, implicit }) => ({
      identifier: identifier.toString(),
      type,
      implicit,
    }));
  }
  const { extrinsic } = metadata.version === 15 ? metadata.asV15 : metadata.asV14;
  return extrinsic.signedExtensions.map(({ identifier, type, additionalSigned }) => ({
    identifier: identifier.toString(),
    type,
    implicit: additionalSigned,
  }));
}

/**
 * Names of the extensions that carry other bytes than are known of them: a transaction signed without them would be
 * invalid, or mean something else. A name proves nothing: two chains may mean different things by it.
 */
export function unknownExtensions(registry: Registry, extensions: readonly Extension[]): string[] {
  const width = (type: string) => registry.createTypeUnsafe(type, []).encodedLength;
  const widthOf = (type: LookupId) => width(registry.createLookupType(type));
  const known = (types: Readonly<Record<string, string>>) =>
    Object.values(types).reduce((sum, type) => sum + width(type), 0);
  const isUnknown = ({ identifier, type, implicit }: Extension) => {
    registry.setSignedExtensions([identifier], undefined, true);
    return (
      widthOf(type) !== known(registry.getSignedExtensionTypes() as Record<string, string>) ||
      widthOf(implicit) !== known(registry.getSignedExtensionExtra() as Record<string, string>)
    );
  };
  const unknown = extensions.filter(isUnknown).map(({ identifier }) => identifier);
  registry.setSignedExtensions(
    extensions.map(({ identifier }) => identifier),
    undefined,
    true,
  );
  return unknown;
}
