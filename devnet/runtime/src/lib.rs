// SPDX-License-Identifier: Apache-2.0

//! The runtime of bursar's embedded development chain.
//!
//! The pallets of a 2026 Asset Hub that bear on a staked balance sheet, under the Asset Hub's
//! names and mostly its indices, with a simulated relay chain, short eras and on-chain elections.

#![no_std]

extern crate alloc;

mod apis;
mod bags;
mod dry_run;
mod fees;
#[macro_use]
mod presettable;
mod parameters;
mod proxy_type;
mod relay;

pub use parameters::*;
pub use proxy_type::ProxyType;

use alloc::{vec, vec::Vec};
use polkadot_sdk::*;

use frame_election_provider_support::{
    bounds::{ElectionBounds, ElectionBoundsBuilder},
    onchain, SequentialPhragmen, VoteWeight,
};
use frame_support::{
    derive_impl, parameter_types,
    traits::{
        tokens::imbalance::ResolveTo, AsEnsureOriginWithArg, ConstBool, ConstU128,
        ConstU32, ConstU64, ConstU8, Currency, EitherOfDiverse, Nothing, OnUnbalanced,
        VariantCountOf,
    },
    weights::{
        constants::{RocksDbWeight, WEIGHT_REF_TIME_PER_SECOND},
        Weight,
    },
    PalletId,
};
use frame_system::{EnsureRoot, EnsureSigned};
use pallet_staking_async::{PotAccountProvider, RewardKind, RewardPot};
use sp_runtime::{
    generic,
    traits::{
        AccountIdConversion, AccountIdLookup, BlakeTwo256, ConvertInto, IdentifyAccount, Verify,
    },
    FixedU128, MultiAddress, MultiSignature, Perbill,
};
use sp_version::RuntimeVersion;

pub type Signature = MultiSignature;
pub type AccountId = <<Signature as Verify>::Signer as IdentifyAccount>::AccountId;
pub type Balance = u128;
pub type BlockNumber = u32;
pub type Nonce = u32;
pub type Hash = sp_core::H256;
pub type Moment = u64;

pub type Header = generic::Header<BlockNumber, BlakeTwo256>;
pub type Block = generic::Block<Header, UncheckedExtrinsic>;

/// What surrounds a call in a signed transaction, in the Asset Hub's order.
pub type TxExtension = (
    frame_system::CheckNonZeroSender<Runtime>,
    frame_system::CheckSpecVersion<Runtime>,
    frame_system::CheckTxVersion<Runtime>,
    frame_system::CheckGenesis<Runtime>,
    frame_system::CheckMortality<Runtime>,
    frame_system::CheckNonce<Runtime>,
    frame_system::CheckWeight<Runtime>,
    pallet_transaction_payment::ChargeTransactionPayment<Runtime>,
    frame_metadata_hash_extension::CheckMetadataHash<Runtime>,
);

pub type UncheckedExtrinsic = generic::UncheckedExtrinsic<
    MultiAddress<AccountId, ()>,
    RuntimeCall,
    Signature,
    TxExtension,
>;

pub type Executive = frame_executive::Executive<
    Runtime,
    Block,
    frame_system::ChainContext<Runtime>,
    Runtime,
    AllPalletsWithSystem,
>;

/// 10 decimals, like DOT.
pub const UNIT: Balance = 10_000_000_000;
pub const CENT: Balance = UNIT / 100;
pub const MILLICENT: Balance = CENT / 1_000;
pub const EXISTENTIAL_DEPOSIT: Balance = CENT;

/// The Asset Hub's price of storage.
const fn deposit(items: u32, bytes: u32) -> Balance {
    items as Balance * 20 * CENT + bytes as Balance * MILLICENT
}

#[sp_version::runtime_version]
pub const VERSION: RuntimeVersion = RuntimeVersion {
    spec_name: alloc::borrow::Cow::Borrowed("bursar-devnet"),
    impl_name: alloc::borrow::Cow::Borrowed("bursar-devnet"),
    authoring_version: 1,
    spec_version: 3,
    impl_version: 0,
    apis: apis::API_VERSIONS,
    transaction_version: 1,
    system_version: 1,
};

frame_support::construct_runtime! {
    pub enum Runtime {
        System: frame_system = 0,
        Timestamp: pallet_timestamp = 3,
        Balances: pallet_balances = 10,
        TransactionPayment: pallet_transaction_payment = 11,
        // The People chain's, which has it at 50.
        Identity: pallet_identity = 28,
        Utility: pallet_utility = 40,
        Multisig: pallet_multisig = 41,
        Proxy: pallet_proxy = 42,
        Assets: pallet_assets = 50,
        NominationPools: pallet_nomination_pools = 80,
        VoterList: pallet_bags_list::<Instance1> = 82,
        DelegatedStaking: pallet_delegated_staking = 83,
        Staking: pallet_staking_async = 89,
        Council: pallet_collective::<Instance1> = 120,
        OracleMembership: pallet_membership::<Instance1> = 121,
        Oracle: pallet_oracle = 122,
        Sudo: pallet_sudo = 125,
        // Last, so that its genesis finds everything in place.
        RelaySimulator: relay = 126,
    }
}

// ---------------------------------------------------------------------------------------------
// System, accounts, fees

parameter_types! {
    pub const Version: RuntimeVersion = VERSION;
    pub BlockWeights: frame_system::limits::BlockWeights =
        frame_system::limits::BlockWeights::with_sensible_defaults(
            Weight::from_parts(2 * WEIGHT_REF_TIME_PER_SECOND, 10 * 1024 * 1024),
            Perbill::from_percent(85),
        );
    pub BlockLength: frame_system::limits::BlockLength =
        frame_system::limits::BlockLength::builder()
            .max_length(10 * 1024 * 1024)
            .modify_max_length_for_class(frame_support::dispatch::DispatchClass::Normal, |max| {
                *max = Perbill::from_percent(85) * *max
            })
            .build();
    /// Receives the remainder of the era payout and what is slashed.
    pub TreasuryAccount: AccountId = PalletId(*b"py/trsry").into_account_truncating();
    /// Receives fees and tips, as the collators' pot of the Asset Hub does.
    pub FeeAccount: AccountId = PalletId(*b"PotStake").into_account_truncating();
    pub Pots: Vec<AccountId> = pots();
}

/// Staking's own pots are there from the start only where eras are paid from them.
fn pots() -> Vec<AccountId> {
    let mut pots = vec![TreasuryAccount::get(), FeeAccount::get()];
    if DisableMinting::get() {
        pots.extend([general_pot(RewardKind::StakerRewards), general_pot(RewardKind::ValidatorSelfStake)]);
    }
    pots
}

#[derive_impl(frame_system::config_preludes::SolochainDefaultConfig)]
impl frame_system::Config for Runtime {
    type AccountId = AccountId;
    type Lookup = AccountIdLookup<AccountId, ()>;
    type Nonce = Nonce;
    type Hash = Hash;
    type Block = Block;
    type BlockHashCount = ConstU32<4096>;
    type BlockWeights = BlockWeights;
    type BlockLength = BlockLength;
    type DbWeight = RocksDbWeight;
    type Version = Version;
    type AccountData = pallet_balances::AccountData<Balance>;
    type SS58Prefix = frame_support::traits::ConstU16<42>;
    type SystemWeightInfo = frame_system::weights::SubstrateWeight<Runtime>;
    type ExtensionsWeightInfo = frame_system::SubstrateExtensionsWeight<Runtime>;
    type MaxConsumers = ConstU32<64>;
}

impl pallet_timestamp::Config for Runtime {
    type Moment = Moment;
    type OnTimestampSet = ();
    type MinimumPeriod = ConstU64<0>;
    type WeightInfo = pallet_timestamp::weights::SubstrateWeight<Runtime>;
}

impl pallet_balances::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeHoldReason = RuntimeHoldReason;
    type RuntimeFreezeReason = RuntimeFreezeReason;
    type WeightInfo = pallet_balances::weights::SubstrateWeight<Runtime>;
    type Balance = Balance;
    type DustRemoval = ();
    type ExistentialDeposit = ConstU128<EXISTENTIAL_DEPOSIT>;
    type AccountStore = System;
    type ReserveIdentifier = [u8; 8];
    type FreezeIdentifier = RuntimeFreezeReason;
    type MaxLocks = ConstU32<50>;
    type MaxReserves = ConstU32<50>;
    type MaxFreezes = VariantCountOf<RuntimeFreezeReason>;
    type DoneSlashHandler = ();
}

impl pallet_transaction_payment::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type OnChargeTransaction =
        pallet_transaction_payment::FungibleAdapter<Balances, ResolveTo<FeeAccount, Balances>>;
    type WeightToFee = fees::WeightToFee;
    type LengthToFee = fees::LengthToFee;
    type FeeMultiplierUpdate = fees::SlowMultiplier<Runtime>;
    type OperationalFeeMultiplier = ConstU8<5>;
    type WeightInfo = pallet_transaction_payment::weights::SubstrateWeight<Runtime>;
}

impl pallet_sudo::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeCall = RuntimeCall;
    type WeightInfo = pallet_sudo::weights::SubstrateWeight<Runtime>;
}

// ---------------------------------------------------------------------------------------------
// Acting for others

impl pallet_utility::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeCall = RuntimeCall;
    type PalletsOrigin = OriginCaller;
    type WeightInfo = pallet_utility::weights::SubstrateWeight<Runtime>;
}

impl pallet_multisig::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeCall = RuntimeCall;
    type Currency = Balances;
    type DepositBase = ConstU128<{ deposit(1, 88) }>;
    type DepositFactor = ConstU128<{ deposit(0, 32) }>;
    type MaxSignatories = ConstU32<100>;
    type WeightInfo = pallet_multisig::weights::SubstrateWeight<Runtime>;
    type BlockNumberProvider = System;
}

impl pallet_proxy::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeCall = RuntimeCall;
    type Currency = Balances;
    type ProxyType = ProxyType;
    type ProxyDepositBase = ConstU128<{ deposit(1, 40) }>;
    type ProxyDepositFactor = ConstU128<{ deposit(0, 33) }>;
    type MaxProxies = ConstU32<32>;
    type MaxPending = ConstU32<32>;
    type CallHasher = BlakeTwo256;
    type AnnouncementDepositBase = ConstU128<{ deposit(1, 48) }>;
    type AnnouncementDepositFactor = ConstU128<{ deposit(0, 66) }>;
    type WeightInfo = pallet_proxy::weights::SubstrateWeight<Runtime>;
    type BlockNumberProvider = System;
}

// ---------------------------------------------------------------------------------------------
// Identities

/// Deposits of removed identities go where slashes go.
pub struct ToTreasury;

impl OnUnbalanced<pallet_balances::NegativeImbalance<Runtime>> for ToTreasury {
    fn on_nonzero_unbalanced(amount: pallet_balances::NegativeImbalance<Runtime>) {
        Balances::resolve_creating(&TreasuryAccount::get(), amount)
    }
}

impl pallet_identity::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type Currency = Balances;
    type BasicDeposit = ConstU128<{ deposit(1, 17) }>;
    type ByteDeposit = ConstU128<{ deposit(0, 1) }>;
    type UsernameDeposit = ConstU128<{ deposit(0, 32) }>;
    type SubAccountDeposit = ConstU128<{ deposit(1, 53) }>;
    type MaxSubAccounts = ConstU32<100>;
    type IdentityInformation = pallet_identity::legacy::IdentityInfo<ConstU32<20>>;
    type MaxRegistrars = ConstU32<20>;
    type Slashed = ToTreasury;
    type ForceOrigin = EnsureRoot<AccountId>;
    type RegistrarOrigin = EnsureRoot<AccountId>;
    type OffchainSignature = Signature;
    type SigningPublicKey = <Signature as Verify>::Signer;
    type UsernameAuthorityOrigin = EnsureRoot<AccountId>;
    type PendingUsernameExpiration = ConstU32<100>;
    type UsernameGracePeriod = ConstU32<100>;
    type MaxSuffixLength = ConstU32<7>;
    type MaxUsernameLength = ConstU32<32>;
    type WeightInfo = pallet_identity::weights::SubstrateWeight<Runtime>;
}

// ---------------------------------------------------------------------------------------------
// Council, oracle, assets

parameter_types! {
    pub MaxProposalWeight: Weight = Perbill::from_percent(50) * BlockWeights::get().max_block;
    pub const OraclePalletId: PalletId = PalletId(*b"py/oracl");
}

type CouncilInstance = pallet_collective::Instance1;
/// Root, or half of the council.
type RootOrHalf = EitherOfDiverse<
    EnsureRoot<AccountId>,
    pallet_collective::EnsureProportionAtLeast<AccountId, CouncilInstance, 1, 2>,
>;

impl pallet_collective::Config<CouncilInstance> for Runtime {
    type RuntimeOrigin = RuntimeOrigin;
    type Proposal = RuntimeCall;
    type RuntimeEvent = RuntimeEvent;
    type MotionDuration = CouncilMotionDuration;
    type MaxProposals = ConstU32<20>;
    type MaxMembers = ConstU32<30>;
    type DefaultVote = pallet_collective::PrimeDefaultVote;
    type WeightInfo = pallet_collective::weights::SubstrateWeight<Runtime>;
    type SetMembersOrigin = EnsureRoot<AccountId>;
    type MaxProposalWeight = MaxProposalWeight;
    type DisapproveOrigin = EnsureRoot<AccountId>;
    type KillOrigin = EnsureRoot<AccountId>;
    type Consideration = ();
}

impl pallet_membership::Config<pallet_membership::Instance1> for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type AddOrigin = RootOrHalf;
    type RemoveOrigin = RootOrHalf;
    type SwapOrigin = RootOrHalf;
    type ResetOrigin = RootOrHalf;
    type PrimeOrigin = RootOrHalf;
    type MembershipInitialized = ();
    type MembershipChanged = Oracle;
    type MaxMembers = ConstU32<16>;
    type WeightInfo = pallet_membership::weights::SubstrateWeight<Runtime>;
}

impl pallet_oracle::Config for Runtime {
    type OnNewData = ();
    type CombineData =
        pallet_oracle::DefaultCombineData<Runtime, OracleMinimumCount, OracleExpiresIn>;
    type Time = Timestamp;
    type OracleKey = u32;
    type OracleValue = FixedU128;
    type PalletId = OraclePalletId;
    type Members = OracleMembership;
    type WeightInfo = pallet_oracle::weights::SubstrateWeight<Runtime>;
    type MaxHasDispatchedSize = ConstU32<16>;
    type MaxFeedValues = ConstU32<50>;
}

impl pallet_assets::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type Balance = Balance;
    type RemoveItemsLimit = ConstU32<1000>;
    type AssetId = u32;
    type AssetIdParameter = codec::Compact<u32>;
    type ReserveData = ();
    type Currency = Balances;
    type CreateOrigin = AsEnsureOriginWithArg<EnsureSigned<AccountId>>;
    type ForceOrigin = RootOrHalf;
    type AssetDeposit = ConstU128<{ 10 * CENT }>;
    type AssetAccountDeposit = ConstU128<{ deposit(1, 16) }>;
    type MetadataDepositBase = ConstU128<{ deposit(1, 68) }>;
    type MetadataDepositPerByte = ConstU128<{ deposit(0, 1) }>;
    type ApprovalDeposit = ConstU128<EXISTENTIAL_DEPOSIT>;
    type StringLimit = ConstU32<50>;
    type Freezer = ();
    type Holder = ();
    type Extra = ();
    type CallbackHandle = ();
    type WeightInfo = pallet_assets::weights::SubstrateWeight<Runtime>;
}

// ---------------------------------------------------------------------------------------------
// Staking

parameter_types! {
    pub const BagThresholds: &'static [VoteWeight] = &bags::THRESHOLDS;
    pub ElectionLimits: ElectionBounds = ElectionBoundsBuilder::default()
        .voters_count(22_500.into())
        .targets_count(2_000.into())
        .build();
    pub const StakingPalletId: PalletId = PalletId(*b"py/stkng");
    pub const PoolsPalletId: PalletId = PalletId(*b"py/nopls");
    pub const DelegatedStakingPalletId: PalletId = PalletId(*b"py/dlstk");
    pub const NoReward: Perbill = Perbill::zero();
}

impl pallet_bags_list::Config<pallet_bags_list::Instance1> for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type WeightInfo = pallet_bags_list::weights::SubstrateWeight<Runtime>;
    type ScoreProvider = Staking;
    type BagThresholds = BagThresholds;
    type MaxAutoRebagPerBlock = ConstU32<0>;
    type Score = VoteWeight;
}

pub struct OnChainElection;

impl onchain::Config for OnChainElection {
    type Sort = ConstBool<true>;
    type System = Runtime;
    type Solver = SequentialPhragmen<AccountId, Perbill>;
    type MaxBackersPerWinner = MaxBackersPerWinner;
    type MaxWinnersPerPage = MaxValidatorSet;
    type DataProvider = Staking;
    type WeightInfo = frame_election_provider_support::weights::SubstrateWeight<Runtime>;
    type Bounds = ElectionLimits;
}

/// What is issued for an era that lasted so many milliseconds: a constant share a year.
fn era_issuance(issuance: Balance, lasted: u64) -> Balance {
    const YEAR: u64 = 365 * 24 * 3_600_000 + 6 * 3_600_000;
    let era = match EraPayoutDuration::get() {
        0 => lasted,
        fixed => fixed,
    };
    sp_runtime::helpers_128bit::multiply_by_rational_with_rounding(
        YearlyInflation::get() * issuance,
        era.into(),
        YEAR.into(),
        sp_runtime::Rounding::Down,
    )
    .unwrap_or(0)
}

/// The era payout where rewards are minted: split between stakers and treasury.
pub struct YearlyIssuance;

impl pallet_staking_async::EraPayout<Balance> for YearlyIssuance {
    fn era_payout(_staked: Balance, issuance: Balance, lasted: u64) -> (Balance, Balance) {
        // Without minting the relay simulator issues it, and nothing may be issued twice.
        if DisableMinting::get() {
            return (0, 0);
        }
        let total = era_issuance(issuance, lasted);
        let stakers = StakersPart::get() * total;
        (stakers, total - stakers)
    }
}

/// The issuance where rewards are paid from pots: who gets how much of it when an era ends.
pub struct EraBudget;

impl relay::Budget<AccountId, Balance> for EraBudget {
    fn allocate(issuance: Balance, lasted: u64) -> Vec<(AccountId, Balance)> {
        if !DisableMinting::get() {
            return Vec::new();
        }
        let total = era_issuance(issuance, lasted);
        let stakers = StakersPart::get() * total;
        let incentive = (IncentivePart::get() * total).min(total - stakers);
        vec![
            (general_pot(RewardKind::StakerRewards), stakers),
            (general_pot(RewardKind::ValidatorSelfStake), incentive),
            (TreasuryAccount::get(), total - stakers - incentive),
        ]
    }
}

type StakingPots = pallet_staking_async::Seed<StakingPalletId>;

/// The pot that staking empties into an era's own when the era ends.
fn general_pot(kind: RewardKind) -> AccountId {
    <StakingPots as PotAccountProvider<AccountId>>::pot_account(RewardPot::General(kind))
}

/// Root, or three quarters of the council.
type StakingAdmin = EitherOfDiverse<
    EnsureRoot<AccountId>,
    pallet_collective::EnsureProportionAtLeast<AccountId, CouncilInstance, 3, 4>,
>;

impl pallet_staking_async::Config for Runtime {
    type OldCurrency = Balances;
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type CurrencyBalance = Balance;
    type CurrencyToVote = sp_staking::currency_to_vote::U128CurrencyToVote;
    type ElectionProvider = relay::OnRequest<Runtime, OnChainElection>;
    type NominationsQuota = pallet_staking_async::FixedNominationsQuota<16>;
    type HistoryDepth = HistoryDepth;
    type RewardRemainder = ResolveTo<TreasuryAccount, Balances>;
    type Slash = ResolveTo<TreasuryAccount, Balances>;
    type Reward = ();
    type SessionsPerEra = SessionsPerEra;
    type PlanningEraOffset = PlanningEraOffset;
    type BondingDuration = BondingDuration;
    type NominatorFastUnbondDuration = NominatorFastUnbondDuration;
    type SlashDeferDuration = SlashDeferDuration;
    type AdminOrigin = StakingAdmin;
    type EraPayout = YearlyIssuance;
    type DisableMinting = DisableMinting;
    type UnclaimedRewardHandler = ResolveTo<TreasuryAccount, Balances>;
    type RewardPots = StakingPots;
    type StakerRewardCalculator = pallet_staking_async::reward::DefaultStakerRewardCalculator<Runtime>;
    type MaxExposurePageSize = MaxExposurePageSize;
    type MaxValidatorSet = MaxValidatorSet;
    type VoterList = VoterList;
    type TargetList = pallet_staking_async::UseValidatorsMap<Runtime>;
    type MaxUnlockingChunks = ConstU32<32>;
    type MaxControllersInDeprecationBatch = ConstU32<751>;
    type EventListeners = (NominationPools, DelegatedStaking);
    type MaxEraDuration = ConstU64<{ 7 * 24 * 3_600_000 }>;
    type MaxPruningItems = ConstU32<100>;
    type RcClientInterface = RelaySimulator;
    type Filter = Nothing;
    type WeightInfo = pallet_staking_async::weights::SubstrateWeight<Runtime>;
}

impl pallet_delegated_staking::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type PalletId = DelegatedStakingPalletId;
    type Currency = Balances;
    type OnSlash = ResolveTo<TreasuryAccount, Balances>;
    type SlashRewardFraction = NoReward;
    type RuntimeHoldReason = RuntimeHoldReason;
    type CoreStaking = Staking;
}

/// Balances are at most 128 bits wide, so the way back only ever loses what cannot occur.
pub struct FromU256;

impl sp_runtime::traits::Convert<sp_core::U256, Balance> for FromU256 {
    fn convert(n: sp_core::U256) -> Balance {
        n.try_into().unwrap_or(Balance::MAX)
    }
}

impl pallet_nomination_pools::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type WeightInfo = pallet_nomination_pools::weights::SubstrateWeight<Runtime>;
    type Currency = Balances;
    type RuntimeFreezeReason = RuntimeFreezeReason;
    type RewardCounter = FixedU128;
    type PalletId = PoolsPalletId;
    type MaxPointsToBalance = ConstU8<10>;
    type MaxUnbonding = ConstU32<8>;
    type BalanceToU256 = ConvertInto;
    type U256ToBalance = FromU256;
    type StakeAdapter =
        pallet_nomination_pools::adapter::DelegateStake<Runtime, Staking, DelegatedStaking>;
    type PostUnbondingPoolsWindow = ConstU32<4>;
    type MaxMetadataLen = ConstU32<256>;
    type AdminOrigin = StakingAdmin;
    type BlockNumberProvider = System;
    type Filter = Nothing;
}

impl relay::Config for Runtime {
    type SessionLength = SessionLength;
    type Pots = Pots;
    type Budget = EraBudget;
}
