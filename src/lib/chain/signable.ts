/** Whether transactions can be made for a chain at all: what it wants to be signed, by whom, and in which form. */

import type { Codec } from '@polkadot/types/types';
import type { P } from './codec.js';

type Registry = InstanceType<P['TypeRegistry']>;
type Metadata = InstanceType<P['Metadata']>;
type LookupId = Parameters<Registry['createLookupType']>[0];

/** Something about the chain that bursar cannot serve: its code, and a sentence. */
export interface Obstacle {
  readonly code: 'UNKNOWN_EXTENSION' | 'ACCOUNT_FORM' | 'SIGNATURE_FORM' | 'EXTRINSIC_VERSION';
  readonly text: string;
}

/** The format of extrinsics that bursar writes; version 5 has no signed form of its own. */
const EXTRINSIC_VERSION = 4;
const ACCOUNT_BYTES = 32;
/** `sp_runtime::MultiSignature`, the kinds of keys that a keystore holds. */
const SIGNATURE_KINDS = ['Ed25519', 'Sr25519', 'Ecdsa'];

/** @param unknown names of the transaction extensions that cannot be filled in */
export function obstaclesTo(registry: Registry, metadata: Metadata, unknown: readonly string[]): Obstacle[] {
  const obstacles: Obstacle[] = [];
  if (unknown.length > 0)
    obstacles.push({
      code: 'UNKNOWN_EXTENSION',
      text: `its transactions carry extensions that this version cannot fill in: ${unknown.join(', ')}`,
    });
  const bytes = accountBytes(registry, metadata);
  if (bytes !== null && bytes !== ACCOUNT_BYTES)
    obstacles.push({
      code: 'ACCOUNT_FORM',
      text: `its accounts have ${bytes} bytes, and bursar's keys and addresses have ${ACCOUNT_BYTES}`,
    });
  const signature = signatureType(metadata);
  const sample = signature === undefined ? undefined : create(registry, signature);
  const kinds = (sample as { defKeys?: readonly string[] } | undefined)?.defKeys ?? [];
  if (sample !== undefined && SIGNATURE_KINDS.some((kind, index) => kinds[index] !== kind))
    obstacles.push({
      code: 'SIGNATURE_FORM',
      text: 'its transactions take no signature of an Ed25519, Sr25519 or ECDSA key in the usual form',
    });
  const versions = extrinsicVersions(metadata);
  if (!versions.includes(EXTRINSIC_VERSION))
    obstacles.push({
      code: 'EXTRINSIC_VERSION',
      text: `its transactions are of version ${versions.join(', ')}, and bursar writes version ${EXTRINSIC_VERSION}`,
    });
  return obstacles;
}

/** Bytes of an account, by the key of `System.Account`; null where the chain has no such map. */
function accountBytes(registry: Registry, metadata: Metadata): number | null {
  const system = metadata.asLatest.pallets.find(({ name }) => name.toString() === 'System');
  const account = system?.storage
    .unwrapOr(undefined)
    ?.items.find(({ name }) => name.toString() === 'Account');
  return account?.type.isMap ? create(registry, account.type.asMap.key).encodedLength : null;
}

/** Version 14 names it only as a parameter of the extrinsic's type. */
function signatureType(metadata: Metadata): LookupId | undefined {
  if (metadata.version > 14) return metadata.asLatest.extrinsic.signatureType;
  const { lookup, extrinsic } = metadata.asV14;
  const parameter = lookup
    .getSiType(extrinsic.type)
    .params.find(({ name }) => name.toString() === 'Signature');
  return parameter?.type.unwrapOr(undefined) as LookupId | undefined;
}

function extrinsicVersions(metadata: Metadata): number[] {
  if (metadata.version === 16) return [...metadata.asV16.extrinsic.versions];
  const { extrinsic } = metadata.version === 15 ? metadata.asV15 : metadata.asV14;
  return [extrinsic.version.toNumber()];
}

const create = (registry: Registry, type: LookupId): Codec =>
  registry.createTypeUnsafe(registry.createLookupType(type), []);
