// SPDX-License-Identifier: Apache-2.0

//! The relay simulator: what a relay chain does for `pallet-staking-async`, in one small pallet.
//!
//! On a live network the Asset Hub's staking pallet elects validators and sends the set to the
//! relay chain; the relay chain runs the sessions and reports back, per session, who earned how
//! many points, whether a new set became active, and who misbehaved. Here both halves live in one
//! runtime:
//!
//! * [`RcClientInterface::validator_set`] receives an elected set and queues it,
//! * `on_initialize` ends a session every `SessionLength` blocks: it reports the points of the
//!   active validators, activates a queued set (which starts the planned era) and counts on,
//! * where staking does not mint, it fills the pots from which the ending era is paid, as
//!   `pallet-dap` does on the Asset Hub,
//! * root may report an offence, end a session at once, or set a validator's points.
//!
//! The pallet also carries the parts of genesis that no other pallet has a field for: proxies,
//! commissions, the validators' incentive, the pots' existential balance, and the chain's
//! parameters.

use alloc::{vec, vec::Vec};
use codec::{Decode, Encode};
use polkadot_sdk::*;

use crate::parameters::Parameters;
use frame_election_provider_support::{onchain, BoundedSupportsOf, ElectionProvider, PageIndex};
use frame_support::{pallet_prelude::*, traits::fungible};
use frame_system::pallet_prelude::*;
use pallet_staking_async_rc_client::{
    AHStakingInterface, Offence, RcClientInterface, SessionReport,
};
use sp_runtime::Perbill;

pub use pallet::*;

/// A validator set that waits for the end of the session.
#[derive(Clone, PartialEq, Eq, Encode, Decode, Debug, TypeInfo)]
pub struct QueuedSet<AccountId> {
    /// The era for which the set was elected.
    pub era: u32,
    pub validators: Vec<AccountId>,
}

/// Who gets how much of an era's issuance, where staking does not mint it itself.
pub trait Budget<AccountId, Balance> {
    /// Amounts to mint for an era that lasted so many milliseconds; empty where staking mints.
    fn allocate(issuance: Balance, lasted: u64) -> Vec<(AccountId, Balance)>;
}

#[frame_support::pallet]
pub mod pallet {
    use super::*;

    #[pallet::pallet]
    #[pallet::without_storage_info]
    pub struct Pallet<T>(_);

    #[pallet::config]
    #[pallet::disable_frame_system_supertrait_check]
    pub trait Config:
        frame_system::Config
        + pallet_staking_async::Config<CurrencyBalance = crate::Balance>
        + pallet_proxy::Config<
            ProxyType = crate::ProxyType,
            BlockNumberProvider = frame_system::Pallet<Self>,
        >
        + pallet_timestamp::Config<Moment = u64>
    {
        /// Number of blocks in a session.
        #[pallet::constant]
        type SessionLength: Get<BlockNumberFor<Self>>;

        /// The accounts that collect fees, remainders and slashes. Genesis gives each of them
        /// the existential deposit, so that no small amount is lost for want of an account.
        type Pots: Get<Vec<Self::AccountId>>;

        /// The issuance of an era that is paid from pots.
        type Budget: Budget<Self::AccountId, crate::Balance>;
    }

    /// Index of the session that is running.
    #[pallet::storage]
    pub type CurrentSession<T: Config> = StorageValue<_, u32, ValueQuery>;

    /// Block in which the running session began.
    #[pallet::storage]
    pub type SessionStart<T: Config> = StorageValue<_, BlockNumberFor<T>, ValueQuery>;

    /// The validators of the running session.
    #[pallet::storage]
    pub type ActiveValidators<T: Config> = StorageValue<_, Vec<T::AccountId>, ValueQuery>;

    /// The elected set that becomes active at the end of the running session.
    #[pallet::storage]
    pub type QueuedValidators<T: Config> = StorageValue<_, QueuedSet<T::AccountId>>;

    /// Points a validator earns a session, if not [`DefaultPoints`].
    #[pallet::storage]
    pub type PointsPerSession<T: Config> = StorageMap<_, Twox64Concat, T::AccountId, u32>;

    /// Points of every validator without an entry in [`PointsPerSession`].
    #[pallet::storage]
    pub type DefaultPoints<T: Config> = StorageValue<_, u32, ValueQuery>;

    /// Whether staking asked for an election that has not been held yet.
    #[pallet::storage]
    pub type ElectionRequested<T: Config> = StorageValue<_, bool, ValueQuery>;

    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        /// A session ended; `activated` is the era whose validator set is active from now on.
        SessionEnded { session: u32, activated: Option<u32> },
        /// Staking handed over an elected set.
        ValidatorSetQueued { era: u32, count: u32 },
        /// Staking handed over an empty set: the old one stays and the election is repeated.
        EmptySetIgnored { era: u32 },
        /// The points of a validator were set; `None` is the default again.
        PointsSet { validator: T::AccountId, points: Option<u32> },
    }

    #[pallet::genesis_config]
    pub struct GenesisConfig<T: Config> {
        /// Written to storage before any pallet's genesis is built, see [`Parameters`].
        pub parameters: Parameters,
        /// The first session's validators. Empty: all validators of the staking section.
        pub validators: Vec<T::AccountId>,
        /// Points a validator earns a session.
        pub default_points: u32,
        /// Exceptions from `default_points`: `[account, points]`.
        pub points: Vec<(T::AccountId, u32)>,
        /// Commissions of genesis validators: `[account, parts per billion, blocked]`.
        pub preferences: Vec<(T::AccountId, Perbill, bool)>,
        /// Proxies with their reserved deposit: `[delegator, delegate, type, delay]`.
        pub proxies: Vec<(T::AccountId, T::AccountId, crate::ProxyType, BlockNumberFor<T>)>,
        pub min_commission: Perbill,
        pub max_commission: Perbill,
        /// `false` lets nominators unbond in `NominatorFastUnbondDuration` eras.
        pub nominators_slashable: bool,
        /// The three numbers of `Staking.set_validator_self_stake_incentive_config`.
        pub optimum_self_stake: crate::Balance,
        pub hard_cap_self_stake: crate::Balance,
        pub self_stake_slope_factor: Perbill,
    }

    impl<T: Config> Default for GenesisConfig<T> {
        fn default() -> Self {
            Self {
                parameters: Default::default(),
                validators: Vec::new(),
                default_points: 400,
                points: Vec::new(),
                preferences: Vec::new(),
                proxies: Vec::new(),
                min_commission: Perbill::zero(),
                max_commission: Perbill::one(),
                nominators_slashable: false,
                optimum_self_stake: 0,
                hard_cap_self_stake: 0,
                self_stake_slope_factor: Perbill::zero(),
            }
        }
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            use fungible::{Inspect, Mutate};
            use pallet_staking_async as staking;

            let validators = if self.validators.is_empty() {
                staking::Validators::<T>::iter_keys().collect()
            } else {
                self.validators.clone()
            };
            ActiveValidators::<T>::put(validators);
            CurrentSession::<T>::put(staking::Pallet::<T>::active_era_start_session_index());

            DefaultPoints::<T>::put(self.default_points);
            for (validator, points) in &self.points {
                PointsPerSession::<T>::insert(validator, points);
            }

            staking::MinCommission::<T>::put(self.min_commission);
            staking::MaxCommission::<T>::put(self.max_commission);
            staking::AreNominatorsSlashable::<T>::put(self.nominators_slashable);
            assert!(
                self.optimum_self_stake <= self.hard_cap_self_stake,
                "the optimum of the self-stake is above its cap"
            );
            staking::OptimumSelfStake::<T>::put(self.optimum_self_stake);
            staking::HardCapSelfStake::<T>::put(self.hard_cap_self_stake);
            staking::SelfStakeSlopeFactor::<T>::put(self.self_stake_slope_factor);
            for (validator, commission, blocked) in &self.preferences {
                assert!(
                    staking::Validators::<T>::contains_key(validator),
                    "preferences name an account that is no validator"
                );
                let prefs =
                    staking::ValidatorPrefs { commission: *commission, blocked: *blocked };
                staking::Validators::<T>::insert(validator, prefs);
            }

            for (delegator, delegate, proxy_type, delay) in &self.proxies {
                pallet_proxy::Pallet::<T>::add_proxy_delegate(
                    delegator,
                    delegate.clone(),
                    *proxy_type,
                    *delay,
                )
                .expect("a proxy of genesis was refused");
            }

            for pot in <T as Config>::Pots::get() {
                let minimum = <T as staking::Config>::Currency::minimum_balance();
                if <T as staking::Config>::Currency::total_balance(&pot) < minimum {
                    <T as staking::Config>::Currency::mint_into(&pot, minimum)
                        .expect("a pot can hold the existential deposit");
                }
            }
        }
    }

    #[pallet::hooks]
    impl<T: Config> Hooks<BlockNumberFor<T>> for Pallet<T> {
        fn on_initialize(now: BlockNumberFor<T>) -> Weight {
            if now < SessionStart::<T>::get() + T::SessionLength::get() {
                return T::DbWeight::get().reads(2);
            }
            Self::end_session(now)
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Report an offence of `offender` in the running session.
        ///
        /// Staking queues it, works it off in the next blocks and applies the slash after
        /// `SlashDeferDuration` eras. Without exposure in the active era nothing happens.
        #[pallet::call_index(0)]
        #[pallet::weight(T::DbWeight::get().reads_writes(6, 4))]
        pub fn report_offence(
            origin: OriginFor<T>,
            offender: T::AccountId,
            fraction: Perbill,
        ) -> DispatchResult {
            ensure_root(origin)?;
            pallet_staking_async::Pallet::<T>::on_new_offences(
                CurrentSession::<T>::get(),
                vec![Offence { offender, reporters: Vec::new(), slash_fraction: fraction }],
            );
            Ok(())
        }

        /// End the running session now.
        #[pallet::call_index(1)]
        #[pallet::weight(T::DbWeight::get().reads_writes(20, 20))]
        pub fn rotate_session(origin: OriginFor<T>) -> DispatchResult {
            ensure_root(origin)?;
            Self::end_session(frame_system::Pallet::<T>::block_number());
            Ok(())
        }

        /// Set the points that `validator` earns a session; `None` returns to the default.
        #[pallet::call_index(2)]
        #[pallet::weight(T::DbWeight::get().writes(1))]
        pub fn set_points(
            origin: OriginFor<T>,
            validator: T::AccountId,
            points: Option<u32>,
        ) -> DispatchResult {
            ensure_root(origin)?;
            PointsPerSession::<T>::set(&validator, points);
            Self::deposit_event(Event::PointsSet { validator, points });
            Ok(())
        }
    }

    impl<T: Config> Pallet<T> {
        /// End the running session: activate a queued set, report to staking, start the next.
        fn end_session(now: BlockNumberFor<T>) -> Weight {
            let ending = CurrentSession::<T>::get();
            let active = ActiveValidators::<T>::get();
            let reads = active.len() as u64;

            // Whoever earned nothing is not reported, as on a relay chain.
            let points = active
                .into_iter()
                .filter_map(|validator| {
                    let points = PointsPerSession::<T>::get(&validator)
                        .unwrap_or_else(DefaultPoints::<T>::get);
                    (points > 0).then_some((validator, points))
                })
                .collect();

            let activation = QueuedValidators::<T>::take().map(|set| {
                ActiveValidators::<T>::put(set.validators);
                Self::fill_pots();
                (pallet_timestamp::Pallet::<T>::get(), set.era)
            });

            CurrentSession::<T>::put(ending + 1);
            SessionStart::<T>::put(now);
            Self::deposit_event(Event::SessionEnded {
                session: ending,
                activated: activation.map(|(_, era)| era),
            });

            let report = SessionReport::new_terminal(ending, points, activation);
            pallet_staking_async::Pallet::<T>::on_relay_session_report(report)
                .saturating_add(T::DbWeight::get().reads_writes(6 + reads, 4))
        }

        /// Mint the ending era's issuance to where the budget wants it.
        fn fill_pots() {
            use fungible::{Inspect, Mutate};
            use pallet_staking_async as staking;
            type Currency<T> = <T as staking::Config>::Currency;

            let now = pallet_timestamp::Pallet::<T>::get();
            let start = staking::ActiveEra::<T>::get().and_then(|era| era.start).unwrap_or(now);
            let longest = <T as staking::Config>::MaxEraDuration::get();
            let lasted = now.saturating_sub(start).min(longest);
            for (pot, amount) in T::Budget::allocate(Currency::<T>::total_issuance(), lasted) {
                if amount > 0 {
                    // Less than an account needs is not issued where there is none.
                    let _ = Currency::<T>::mint_into(&pot, amount);
                }
            }
        }
    }

    impl<T: Config> RcClientInterface for Pallet<T> {
        type AccountId = T::AccountId;

        fn validator_set(validators: Vec<T::AccountId>, era: u32, _prune_up_to: Option<u32>) {
            if validators.is_empty() {
                // A relay chain would wait for a better set; so staking must be asked again.
                ElectionRequested::<T>::put(true);
                Self::deposit_event(Event::EmptySetIgnored { era });
                return;
            }
            Self::deposit_event(Event::ValidatorSetQueued { era, count: validators.len() as u32 });
            QueuedValidators::<T>::put(QueuedSet { era, validators });
        }
    }
}

/// The on-chain election, held once per request.
///
/// [`onchain::OnChainExecution`] is always ready, so that staking would elect in every block.
/// This wrapper is ready only between `start` and `elect`.
pub struct OnRequest<T, C>(core::marker::PhantomData<(T, C)>);

type Inner<C> = onchain::OnChainExecution<C>;

impl<T, C> ElectionProvider for OnRequest<T, C>
where
    T: Config,
    C: onchain::Config<System = T>,
{
    type AccountId = T::AccountId;
    type BlockNumber = BlockNumberFor<T>;
    type Error = onchain::Error;
    type MaxWinnersPerPage = <Inner<C> as ElectionProvider>::MaxWinnersPerPage;
    type MaxBackersPerWinner = <Inner<C> as ElectionProvider>::MaxBackersPerWinner;
    // The stock provider names its number of winners here, which says nothing about backers.
    type MaxBackersPerWinnerFinal = <Inner<C> as ElectionProvider>::MaxBackersPerWinner;
    type Pages = ConstU32<1>;
    type DataProvider = C::DataProvider;

    fn elect(page: PageIndex) -> Result<BoundedSupportsOf<Self>, Self::Error> {
        ElectionRequested::<T>::kill();
        Inner::<C>::elect(page)
    }

    fn duration() -> Self::BlockNumber {
        0u32.into()
    }

    fn start() -> Result<(), Self::Error> {
        ElectionRequested::<T>::put(true);
        Ok(())
    }

    fn status() -> Result<Option<Weight>, ()> {
        if ElectionRequested::<T>::get() { Ok(Some(Weight::zero())) } else { Err(()) }
    }
}
