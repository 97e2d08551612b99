/**
 * Which library function answers for each `op` of the vector files: the functions that the commands use. An adapter
 * renames fields and reads decimal strings; it computes nothing.
 */

/** Loads a module of the library by its path below `lib/`, from the sources or from the build. */
export type Load = (module: string) => Promise<unknown>;

/** The inputs of a vector: JSON. An adapter that reads a field which is not there fails its vector. */
// biome-ignore lint/suspicious/noExplicitAny: what a vector file holds is known when it is read
export type Inputs = any;

export type Operation = (inputs: Inputs, load: Load) => unknown;

function op<Module>(module: string, run: (lib: Module, inputs: Inputs) => unknown): Operation {
  return async (inputs, load) => run((await load(module)) as Module, inputs);
}

type Fee = typeof import('../../src/lib/fees/fee.js');
type FeeAdjustment = typeof import('../../src/lib/fees/adjustment.js');
type Numeric = typeof import('../../src/lib/numeric/fixed.js') &
  typeof import('../../src/lib/numeric/perthing.js');

export const registry: Readonly<Record<string, Operation>> = {
  simulateLedger: op<typeof import('../../src/lib/staking/simulate.js')>('staking/simulate', (lib, i) =>
    lib.simulateLedger(i.ops.map(ledgerOp), i),
  ),
  bondMaxMinusReserve: op<typeof import('../../src/lib/staking/ledger.js')>('staking/ledger', (lib, i) => ({
    bond: lib.bondMaxMinusReserve(BigInt(i.free), BigInt(i.feeReserve)),
  })),

  multisigAddress: op<typeof import('../../src/lib/tx/multisigAddress.js')>(
    'tx/multisigAddress',
    async (lib, i) => {
      const { accountId, addresses } = await lib.multisigAddress(i.signatories, i.threshold, {
        ss58Prefixes: [42, 0, 2],
      });
      const [generic, polkadot, kusama] = addresses.map(({ address }) => address);
      return { accountId, ss58_42: generic, ss58_polkadot_0: polkadot, ss58_kusama_2: kusama };
    },
  ),

  fee: op<Fee>('fees/fee', (lib, i) => ({
    fee: lib.lengthFee({ base: BigInt(i.fBase), perByte: BigInt(i.fByte), size: i.size }),
  })),
  weightFee: op<Fee>('fees/fee', (lib, i) => ({
    fee: lib.weightFeeEstimate({
      baseFee: BigInt(i.baseFee),
      typeFactor: BigInt(i.typeFactor),
      length: i.length,
      traffic: i.cTraffic,
      weightFee: BigInt(i.weightFee),
    }),
  })),
  feeSplit: op<Fee>('fees/fee', (lib, i) => lib.splitFee(BigInt(i.fee), BigInt(i.tip))),
  adjustFee: op<FeeAdjustment>('fees/adjustment', (lib, i) => lib.adjustFee(i)),
  adjustMany: op<FeeAdjustment>('fees/adjustment', (lib, i) => lib.adjustFeeOver(i, i.blocks)),
  variabilityBound: op<FeeAdjustment>('fees/adjustment', (lib, i) => ({
    v: lib.variabilityBound(i.p, i.k, i.target),
  })),
  saturation: op<FeeAdjustment>('fees/adjustment', (lib, i) => ({ saturation: lib.saturation(i) })),
  adjustMultiplierFixed: async (i, load) => {
    const { FixedU128 } = (await load('numeric/fixed')) as Numeric;
    const { Perquintill } = (await load('numeric/perthing')) as Numeric;
    const { nextMultiplier } = (await load('fees/adjustment')) as FeeAdjustment;
    const next = nextMultiplier({
      previous: BigInt(i.previousMultiplier),
      block: { refTime: BigInt(i.blockWeight), proofSize: 0n },
      limit: { refTime: BigInt(i.normalMaxWeight), proofSize: 0n },
      v: FixedU128.parse(i.v),
      target: Perquintill.fromPercent(BigInt(i.targetPct)),
      min: BigInt(i.minMultiplier),
    });
    return { next };
  },
};

const ledgerOp = ({ op, value }: { op: string; value: string | number | null }) =>
  op === 'era' ? { op, value } : op === 'withdraw_unbonded' ? { op } : { op, value: BigInt(value!) };
