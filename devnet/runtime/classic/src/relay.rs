// SPDX-License-Identifier: Apache-2.0

//! The part of a relay chain that is not here: block production, and what it reports.
//!
//! Sessions, elections and eras are `pallet-session`'s and `pallet-staking`'s own. This pallet
//!
//! * ends a session every `SessionLength` blocks, instead of a consensus,
//! * gives the active validators their points when a session ends, instead of the authorship,
//! * lets root report an offence, end a session at once, or set a validator's points.
//!
//! It also carries the parts of genesis that no other pallet has a field for: controllers that
//! are not the stash, proxies, commissions, the pot's existential balance, and the chain's
//! parameters. Its name and its calls are those of the Asset Hub-like runtime's simulator, so
//! that a script drives both chains.

use alloc::vec::Vec;
use polkadot_sdk::*;

use crate::parameters::Parameters;
use frame_support::{
    pallet_prelude::*,
    traits::{fungible, EstimateNextSessionRotation, RewardsReporter},
};
use frame_system::pallet_prelude::*;
use pallet_session::{SessionHandler, SessionManager, ShouldEndSession};
use sp_runtime::{traits::OpaqueKeys, KeyTypeId, Perbill, Permill};
use sp_staking::offence::OffenceDetails;

pub use pallet::*;

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
        + pallet_staking::Config<CurrencyBalance = crate::Balance>
        + pallet_session::Config<ValidatorId = <Self as frame_system::Config>::AccountId>
        + pallet_proxy::Config<
            ProxyType = crate::ProxyType,
            BlockNumberProvider = frame_system::Pallet<Self>,
        >
    {
        /// Number of blocks in a session.
        #[pallet::constant]
        type SessionLength: Get<BlockNumberFor<Self>>;

        /// The accounts that collect fees, remainders and slashes. Genesis gives each of them
        /// the existential deposit, so that no small amount is lost for want of an account.
        type Pots: Get<Vec<Self::AccountId>>;
    }

    /// Block in which the running session began.
    #[pallet::storage]
    pub type SessionStart<T: Config> = StorageValue<_, BlockNumberFor<T>, ValueQuery>;

    /// Points a validator earns a session, if not [`DefaultPoints`].
    #[pallet::storage]
    pub type PointsPerSession<T: Config> = StorageMap<_, Twox64Concat, T::AccountId, u32>;

    /// Points of every validator without an entry in [`PointsPerSession`].
    #[pallet::storage]
    pub type DefaultPoints<T: Config> = StorageValue<_, u32, ValueQuery>;

    #[pallet::event]
    #[pallet::generate_deposit(pub(super) fn deposit_event)]
    pub enum Event<T: Config> {
        /// The points of a validator were set; `None` is the default again.
        PointsSet { validator: T::AccountId, points: Option<u32> },
    }

    #[pallet::genesis_config]
    pub struct GenesisConfig<T: Config> {
        /// Written to storage before any pallet's genesis is built, see [`Parameters`].
        pub parameters: Parameters,
        /// Points a validator earns a session.
        pub default_points: u32,
        /// Exceptions from `default_points`: `[account, points]`.
        pub points: Vec<(T::AccountId, u32)>,
        /// Commissions of genesis validators: `[account, parts per billion, blocked]`.
        pub preferences: Vec<(T::AccountId, Perbill, bool)>,
        /// Controllers of genesis stakers, as chains have them from the time when
        /// `Staking.bond` took one: `[stash, controller]`.
        pub controllers: Vec<(T::AccountId, T::AccountId)>,
        /// Proxies with their reserved deposit: `[delegator, delegate, type, delay]`.
        pub proxies: Vec<(T::AccountId, T::AccountId, crate::ProxyType, BlockNumberFor<T>)>,
        pub min_commission: Perbill,
    }

    impl<T: Config> Default for GenesisConfig<T> {
        fn default() -> Self {
            Self {
                parameters: Default::default(),
                default_points: 400,
                points: Vec::new(),
                preferences: Vec::new(),
                controllers: Vec::new(),
                proxies: Vec::new(),
                min_commission: Perbill::zero(),
            }
        }
    }

    #[pallet::genesis_build]
    impl<T: Config> BuildGenesisConfig for GenesisConfig<T> {
        fn build(&self) {
            use fungible::{Inspect, Mutate};
            use pallet_staking as staking;

            DefaultPoints::<T>::put(self.default_points);
            for (validator, points) in &self.points {
                PointsPerSession::<T>::insert(validator, points);
            }

            staking::MinCommission::<T>::put(self.min_commission);
            for (validator, commission, blocked) in &self.preferences {
                assert!(
                    staking::Validators::<T>::contains_key(validator),
                    "preferences name an account that is no validator"
                );
                let prefs =
                    staking::ValidatorPrefs { commission: *commission, blocked: *blocked };
                staking::Validators::<T>::insert(validator, prefs);
            }

            for (stash, controller) in &self.controllers {
                // Today's pallet makes a stash its own controller; the storage still has both.
                let ledger = staking::Ledger::<T>::take(stash)
                    .expect("controllers name an account that has bonded nothing");
                assert!(
                    !staking::Ledger::<T>::contains_key(controller),
                    "an account controls two stashes"
                );
                staking::Ledger::<T>::insert(controller, ledger);
                staking::Bonded::<T>::insert(stash, controller);
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
            if now < Self::session_end() {
                return T::DbWeight::get().reads(2);
            }
            pallet_session::Pallet::<T>::rotate_session();
            T::DbWeight::get().reads_writes(20, 20)
        }
    }

    #[pallet::call]
    impl<T: Config> Pallet<T> {
        /// Report an offence of `offender` in the running session.
        ///
        /// Staking computes the slash at once, which begins a slashing span, and applies it
        /// after `SlashDeferDuration` eras. Without exposure in the active era nothing happens.
        #[pallet::call_index(0)]
        #[pallet::weight(T::DbWeight::get().reads_writes(6, 4))]
        pub fn report_offence(
            origin: OriginFor<T>,
            offender: T::AccountId,
            fraction: Perbill,
        ) -> DispatchResult {
            ensure_root(origin)?;
            let offence = OffenceDetails { offender, reporters: Vec::new() };
            pallet_staking::Pallet::<T>::on_offence(
                core::iter::once(offence),
                &[fraction],
                pallet_session::CurrentIndex::<T>::get(),
            );
            Ok(())
        }

        /// End the running session now.
        #[pallet::call_index(1)]
        #[pallet::weight(T::DbWeight::get().reads_writes(20, 20))]
        pub fn rotate_session(origin: OriginFor<T>) -> DispatchResult {
            ensure_root(origin)?;
            pallet_session::Pallet::<T>::rotate_session();
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
        /// Block in which the running session is going to end.
        fn session_end() -> BlockNumberFor<T> {
            SessionStart::<T>::get() + T::SessionLength::get()
        }

        /// Give the active validators the points of the session that ends.
        pub(super) fn award_points() {
            // Whoever earned nothing is not reported, as on a relay chain.
            let points = pallet_session::Validators::<T>::get().into_iter().filter_map(|who| {
                let points =
                    PointsPerSession::<T>::get(&who).unwrap_or_else(DefaultPoints::<T>::get);
                (points > 0).then_some((who, points))
            });
            pallet_staking::Pallet::<T>::reward_by_ids(points);
        }
    }

    impl<T: Config> EstimateNextSessionRotation<BlockNumberFor<T>> for Pallet<T> {
        fn average_session_length() -> BlockNumberFor<T> {
            T::SessionLength::get()
        }

        fn estimate_current_session_progress(
            now: BlockNumberFor<T>,
        ) -> (Option<Permill>, Weight) {
            // The running block is part of what has passed.
            let passed = now - SessionStart::<T>::get() + 1u32.into();
            let progress = Permill::from_rational(passed, T::SessionLength::get());
            (Some(progress), T::DbWeight::get().reads(2))
        }

        fn estimate_next_session_rotation(
            _now: BlockNumberFor<T>,
        ) -> (Option<BlockNumberFor<T>>, Weight) {
            (Some(Self::session_end()), T::DbWeight::get().reads(2))
        }
    }
}

/// `pallet-session` never ends a session by itself here: it would report the weight of a whole
/// block, and a chain whose sessions are two blocks long would have room for transactions only in
/// every other block. The simulator ends it.
pub struct BySimulator;

impl<BlockNumber> ShouldEndSession<BlockNumber> for BySimulator {
    fn should_end_session(_now: BlockNumber) -> bool {
        false
    }
}

/// Staking's session manager, with points for the session that ends and the start of the next
/// kept in mind.
pub struct WithPoints<T, Inner>(core::marker::PhantomData<(T, Inner)>);

impl<T, Inner> SessionManager<T::AccountId> for WithPoints<T, Inner>
where
    T: Config,
    Inner: SessionManager<T::AccountId>,
{
    fn new_session(index: u32) -> Option<Vec<T::AccountId>> {
        Inner::new_session(index)
    }

    fn new_session_genesis(index: u32) -> Option<Vec<T::AccountId>> {
        Inner::new_session_genesis(index)
    }

    fn end_session(index: u32) {
        Pallet::<T>::award_points();
        Inner::end_session(index)
    }

    fn start_session(index: u32) {
        SessionStart::<T>::put(frame_system::Pallet::<T>::block_number());
        Inner::start_session(index)
    }
}

/// Nobody makes blocks with a session key here, so a set of session keys is empty.
pub struct NoKeyOwners;

impl<ValidatorId> SessionHandler<ValidatorId> for NoKeyOwners {
    const KEY_TYPE_IDS: &'static [KeyTypeId] = &[];

    fn on_genesis_session<Ks: OpaqueKeys>(_validators: &[(ValidatorId, Ks)]) {}

    fn on_new_session<Ks: OpaqueKeys>(
        _changed: bool,
        _validators: &[(ValidatorId, Ks)],
        _queued: &[(ValidatorId, Ks)],
    ) {
    }

    fn on_disabled(_index: u32) {}
}
