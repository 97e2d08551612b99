// SPDX-License-Identifier: Apache-2.0

//! The runtime of bursar's embedded development chain with the staking of relay chains.
//!
//! `pallet-staking` with `pallet-session`, as Polkadot and Kusama had them until staking moved to
//! their Asset Hubs, and as other chains still have them: an era is planned before it is active,
//! slashes begin spans, a stash may have another account for its controller, and a signature
//! cannot commit to the metadata. Names and indices are Polkadot's.

#![no_std]

extern crate alloc;

mod apis;
#[path = "../../src/bags.rs"]
mod bags;
#[cfg(feature = "dry-run")]
#[path = "../../src/dry_run.rs"]
mod dry_run;
#[path = "../../src/fees.rs"]
mod fees;
#[macro_use]
#[path = "../../src/presettable.rs"]
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
        tokens::imbalance::ResolveTo, ConstBool, ConstU128, ConstU32, ConstU64, ConstU8, Nothing,
        VariantCountOf,
    },
    weights::{
        constants::{RocksDbWeight, WEIGHT_REF_TIME_PER_SECOND},
        Weight,
    },
    PalletId,
};
use frame_system::EnsureRoot;
use pallet_session::{disabling::UpToLimitWithReEnablingDisablingStrategy, historical};
use sp_runtime::{
    generic, impl_opaque_keys,
    traits::{
        AccountIdConversion, AccountIdLookup, BlakeTwo256, ConvertInto, IdentifyAccount, Verify,
    },
    MultiAddress, MultiSignature, Perbill,
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

/// What surrounds a call in a signed transaction: no `CheckMetadataHash`, on purpose.
pub type TxExtension = (
    frame_system::CheckNonZeroSender<Runtime>,
    frame_system::CheckSpecVersion<Runtime>,
    frame_system::CheckTxVersion<Runtime>,
    frame_system::CheckGenesis<Runtime>,
    frame_system::CheckMortality<Runtime>,
    frame_system::CheckNonce<Runtime>,
    frame_system::CheckWeight<Runtime>,
    pallet_transaction_payment::ChargeTransactionPayment<Runtime>,
);

pub type UncheckedExtrinsic =
    generic::UncheckedExtrinsic<MultiAddress<AccountId, ()>, RuntimeCall, Signature, TxExtension>;

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

/// The price of storage, the same as on the other development chain.
const fn deposit(items: u32, bytes: u32) -> Balance {
    items as Balance * 20 * CENT + bytes as Balance * MILLICENT
}

#[sp_version::runtime_version]
pub const VERSION: RuntimeVersion = RuntimeVersion {
    spec_name: alloc::borrow::Cow::Borrowed("bursar-classic"),
    impl_name: alloc::borrow::Cow::Borrowed("bursar-classic"),
    authoring_version: 1,
    spec_version: 1,
    impl_version: 0,
    apis: apis::API_VERSIONS,
    transaction_version: 1,
    system_version: 1,
};

frame_support::construct_runtime! {
    pub enum Runtime {
        System: frame_system = 0,
        Timestamp: pallet_timestamp = 3,
        Balances: pallet_balances = 5,
        TransactionPayment: pallet_transaction_payment = 32,
        // Before staking and sessions, whose genesis fills it.
        VoterList: pallet_bags_list::<Instance1> = 37,
        Staking: pallet_staking = 7,
        // Before sessions, whose genesis holds the first elections.
        Historical: historical = 33,
        Session: pallet_session = 9,
        Utility: pallet_utility = 26,
        Proxy: pallet_proxy = 29,
        Multisig: pallet_multisig = 30,
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
    /// Receives fees, the remainder of the era payout and what is slashed.
    pub TreasuryAccount: AccountId = PalletId(*b"py/trsry").into_account_truncating();
    pub Pots: Vec<AccountId> = vec![TreasuryAccount::get()];
}

#[derive_impl(frame_system::config_preludes::RelayChainDefaultConfig)]
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
    type OnChargeTransaction = pallet_transaction_payment::FungibleAdapter<
        Balances,
        ResolveTo<TreasuryAccount, Balances>,
    >;
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
// Sessions

impl_opaque_keys! {
    /// Validators need an entry to be in a session; there is nothing in it.
    pub struct SessionKeys {}
}

impl pallet_session::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type ValidatorId = AccountId;
    type ValidatorIdOf = ConvertInto;
    type ShouldEndSession = relay::BySimulator;
    type NextSessionRotation = RelaySimulator;
    type SessionManager =
        relay::WithPoints<Runtime, historical::NoteHistoricalRoot<Runtime, Staking>>;
    type SessionHandler = relay::NoKeyOwners;
    type Keys = SessionKeys;
    type DisablingStrategy = UpToLimitWithReEnablingDisablingStrategy;
    type Currency = Balances;
    type KeyDeposit = ConstU128<0>;
    type WeightInfo = ();
}

impl historical::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type FullIdentification = ();
    type FullIdentificationOf = pallet_staking::UnitIdentificationOf<Runtime>;
}

impl relay::Config for Runtime {
    type SessionLength = SessionLength;
    type Pots = Pots;
}

// ---------------------------------------------------------------------------------------------
// Staking

parameter_types! {
    pub const BagThresholds: &'static [VoteWeight] = &bags::THRESHOLDS;
    pub ElectionLimits: ElectionBounds = ElectionBoundsBuilder::default()
        .voters_count(22_500.into())
        .targets_count(2_000.into())
        .build();
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

/// The era payout: a constant share of the issuance a year, split between stakers and treasury.
pub struct YearlyIssuance;

impl sp_staking::EraPayout<Balance> for YearlyIssuance {
    fn era_payout(_staked: Balance, issuance: Balance, lasted: u64) -> (Balance, Balance) {
        const YEAR: u64 = 365 * 24 * 3_600_000 + 6 * 3_600_000;
        let era = match EraPayoutDuration::get() {
            0 => lasted,
            fixed => fixed,
        };
        let total = sp_runtime::helpers_128bit::multiply_by_rational_with_rounding(
            YearlyInflation::get() * issuance,
            era.into(),
            YEAR.into(),
            sp_runtime::Rounding::Down,
        )
        .unwrap_or(0);
        let stakers = StakersPart::get() * total;
        (stakers, total - stakers)
    }
}

/// The pallet wants one also where nothing is measured.
pub struct NoBenchmarks;

impl pallet_staking::BenchmarkingConfig for NoBenchmarks {
    type MaxValidators = ConstU32<0>;
    type MaxNominators = ConstU32<0>;
}

impl pallet_staking::Config for Runtime {
    type RuntimeEvent = RuntimeEvent;
    type OldCurrency = Balances;
    type Currency = Balances;
    type RuntimeHoldReason = RuntimeHoldReason;
    type CurrencyBalance = Balance;
    type UnixTime = Timestamp;
    type CurrencyToVote = sp_staking::currency_to_vote::U128CurrencyToVote;
    type ElectionProvider = onchain::OnChainExecution<OnChainElection>;
    type GenesisElectionProvider = onchain::OnChainExecution<OnChainElection>;
    type NominationsQuota = pallet_staking::FixedNominationsQuota<16>;
    type HistoryDepth = HistoryDepth;
    type RewardRemainder = ResolveTo<TreasuryAccount, Balances>;
    type Slash = ResolveTo<TreasuryAccount, Balances>;
    type Reward = ();
    type SessionsPerEra = SessionsPerEra;
    type BondingDuration = BondingDuration;
    type SlashDeferDuration = SlashDeferDuration;
    type AdminOrigin = EnsureRoot<AccountId>;
    type SessionInterface = Self;
    type EraPayout = YearlyIssuance;
    type NextNewSession = Session;
    type MaxExposurePageSize = MaxExposurePageSize;
    type MaxValidatorSet = MaxValidatorSet;
    type VoterList = VoterList;
    type TargetList = pallet_staking::UseValidatorsMap<Runtime>;
    type MaxUnlockingChunks = ConstU32<32>;
    type MaxControllersInDeprecationBatch = ConstU32<751>;
    type EventListeners = ();
    type Filter = Nothing;
    type BenchmarkingConfig = NoBenchmarks;
    type WeightInfo = pallet_staking::weights::SubstrateWeight<Runtime>;
}
