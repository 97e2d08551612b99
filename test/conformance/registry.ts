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

type Curve = typeof import('../../src/lib/emission/curve.js');
type Points = typeof import('../../src/lib/emission/points.js');
type Split = typeof import('../../src/lib/eras/split.js');
type Stepped = typeof import('../../src/lib/emission/stepped.js');
type Fee = typeof import('../../src/lib/fees/fee.js');
type FeeAdjustment = typeof import('../../src/lib/fees/adjustment.js');
type Vote = typeof import('../../src/lib/pofbs/vote.js');
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

  score: op<typeof import('../../src/lib/validators/score.js')>('validators/score', (lib, i) =>
    lib.score(i.variant ?? 'whitepaper', i, i),
  ),
  selectValidators: op<typeof import('../../src/lib/validators/selection.js')>(
    'validators/selection',
    (lib, i) => lib.selectValidators(i.validators, i.config),
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

  checkSnapshot: op<typeof import('../../src/lib/pofbs/conditions.js')>('pofbs/conditions', (lib, i) =>
    lib.checkSnapshot(i),
  ),
  tallyVote: op<Vote>('pofbs/vote', (lib, i) => lib.tallyVote(i.validators, i)),
  votesNeeded: op<Vote>('pofbs/vote', (lib, i) => ({ needed: lib.votesNeeded(i.eligible, i.strict) })),

  splitLegacy: op<Split>('eras/split', (lib, i) =>
    lib.splitEra('perbill', validatorEra(i), i.nominators.map(BigInt), i.pageSize ?? undefined),
  ),
  splitAsyncFull: op<Split>('eras/split', (lib, i) =>
    lib.splitEra('calculator', validatorEra(i), i.nominators.map(BigInt), i.pageSize ?? undefined),
  ),
  splitAsync: op<Split>('eras/split', (lib, i) =>
    lib.splitSeat(BigInt(i.validatorTotalReward), {
      commission: BigInt(i.commissionPpb),
      own: BigInt(i.ownStake),
      total: BigInt(i.totalExposure),
    }),
  ),
  incentiveWeight: op<Split>('eras/split', (lib, i) => ({
    weight: lib.incentiveWeight(BigInt(i.selfStake), BigInt(i.optimum), BigInt(i.cap), BigInt(i.slopePpb)),
  })),
  splitFixedFee: op<Split>('eras/split', (lib, i) => lib.splitFixedFee(i.payout, i.fixedFee, i.stakes)),

  computeInflation: op<Curve>('emission/curve', (lib, i) => ({
    adjustment: lib.computeInflation(BigInt(i.stake), BigInt(i.ideal), BigInt(i.falloff)),
  })),
  eraPayout: op<Curve>('emission/curve', (lib, i) => {
    const period =
      i.periodFraction === undefined ? lib.periodFraction(BigInt(i.eraMs)) : BigInt(i.periodFraction);
    const payout = lib.eraPayout({
      totalStaked: BigInt(i.totalStaked),
      totalIssuance: BigInt(i.totalIssuance),
      maxInflation: BigInt(i.maxInflation),
      minInflation: BigInt(i.minInflation),
      ideal: BigInt(i.ideal),
      falloff: BigInt(i.falloff),
      periodFraction: period,
      maxStakingSharePct: i.maxStakingSharePct,
    });
    return { ...payout, periodFraction: period };
  }),
  legacyPayoutApprox: op<Curve>('emission/curve', (lib, i) => ({
    payout: lib.legacyPayoutApprox(i.staked, i.supply, i.eraMs, i),
  })),
  steppedPeriod: op<Stepped>('emission/stepped', (lib, i) => lib.steppedPeriod(i.periodIndex, i.eraMs)),
  issue: op<Stepped>('emission/stepped', (lib, i) => ({
    issue: lib.issue(BigInt(i.relayBlock), BigInt(i.eraMs)),
  })),
  fixedEmission: op<Stepped>('emission/stepped', (lib, i) =>
    lib.fixedEmission({
      fixedTotalIssuance: BigInt(i.fixedTotalIssuance),
      ratePct: BigInt(i.ratePct),
      treasuryPct: BigInt(i.treasuryPct),
      eraMs: BigInt(i.eraMs),
    }),
  ),
  paymentConstant: op<Points>('emission/points', (lib, i) => lib.paymentConstant(Number(i.payout), i)),
  perSlotConstant: op<Points>('emission/points', (lib, i) =>
    lib.paymentConstant(Number(i.payoutPerSlot), {
      statements: i.eStatements,
      blocks: i.eBlocks,
      uncles: i.eUncles,
    }),
  ),
  eraPoints: op<Points>('emission/points', (lib, i) => lib.eraPoints(i.validators)),
  ema: op<Points>('emission/points', (lib, i) => ({
    estimate: lib.ema(i.p, i.slotGap, i.observation, i.previous),
  })),
  genesisEstimates: op<Points>('emission/points', (lib, i) => lib.genesisEstimates(i.validators, i.c)),
};

const validatorEra = (i: Inputs) => ({
  eraPayout: BigInt(i.eraPayout),
  points: BigInt(i.points),
  totalPoints: BigInt(i.totalPoints),
  commission: BigInt(i.commissionPpb),
  own: BigInt(i.own),
});

const ledgerOp = ({ op, value }: { op: string; value: string | number | null }) =>
  op === 'era' ? { op, value } : op === 'withdraw_unbonded' ? { op } : { op, value: BigInt(value!) };
