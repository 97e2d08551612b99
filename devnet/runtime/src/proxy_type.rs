// SPDX-License-Identifier: Apache-2.0

//! The proxy types of Polkadot's Asset Hub, by the same names and indices.
//!
//! Types whose pallets this chain does not have are kept, so that a client finds the enum it
//! knows; they permit batching and nothing to put into the batch.

use polkadot_sdk::*;

use crate::RuntimeCall;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use frame_support::traits::InstanceFilter;
use scale_info::TypeInfo;

#[derive(
    Copy,
    Clone,
    Default,
    Eq,
    PartialEq,
    Ord,
    PartialOrd,
    Encode,
    Decode,
    DecodeWithMemTracking,
    Debug,
    MaxEncodedLen,
    TypeInfo,
    serde::Serialize,
    serde::Deserialize,
)]
pub enum ProxyType {
    /// Every call.
    #[default]
    Any,
    /// No call that transfers funds to others.
    NonTransfer,
    /// Rejecting announcements; multisig operations.
    CancelProxy,
    Assets,
    /// What an asset's owner does.
    AssetOwner,
    /// What an asset's issuer, admin and freezer do.
    AssetManager,
    Collator,
    Governance,
    /// Staking and pools, and appointing staking operators.
    Staking,
    NominationPools,
    Auction,
    ParaRegistration,
    /// Running validators without access to the stake.
    StakingOperator,
}

impl InstanceFilter<RuntimeCall> for ProxyType {
    fn filter(&self, call: &RuntimeCall) -> bool {
        use RuntimeCall as C;
        let utility = matches!(call, C::Utility(..));
        match self {
            Self::Any => true,
            Self::NonTransfer => matches!(
                call,
                C::System(..)
                    | C::Timestamp(..)
                    | C::Identity(..)
                    | C::Utility(..)
                    | C::Multisig(..)
                    | C::Proxy(..)
                    | C::Staking(..)
                    | C::VoterList(..)
                    | C::NominationPools(..)
                    | C::Council(..)
                    | C::OracleMembership(..)
                    | C::Oracle(..)
                    | C::RelaySimulator(..)
            ),
            Self::CancelProxy => {
                utility
                    || matches!(
                        call,
                        C::Proxy(pallet_proxy::Call::reject_announcement { .. }) | C::Multisig(..)
                    )
            },
            Self::Assets => utility || matches!(call, C::Assets(..) | C::Multisig(..)),
            Self::AssetOwner => {
                use pallet_assets::Call as A;
                utility
                    || matches!(
                        call,
                        C::Multisig(..)
                            | C::Assets(
                                A::create { .. }
                                    | A::start_destroy { .. }
                                    | A::destroy_accounts { .. }
                                    | A::destroy_approvals { .. }
                                    | A::finish_destroy { .. }
                                    | A::transfer_ownership { .. }
                                    | A::set_team { .. }
                                    | A::set_metadata { .. }
                                    | A::clear_metadata { .. }
                                    | A::set_min_balance { .. }
                            )
                    )
            },
            Self::AssetManager => {
                use pallet_assets::Call as A;
                utility
                    || matches!(
                        call,
                        C::Multisig(..)
                            | C::Assets(
                                A::mint { .. }
                                    | A::burn { .. }
                                    | A::freeze { .. }
                                    | A::block { .. }
                                    | A::thaw { .. }
                                    | A::freeze_asset { .. }
                                    | A::thaw_asset { .. }
                                    | A::touch_other { .. }
                                    | A::refund_other { .. }
                            )
                    )
            },
            Self::Governance => utility || matches!(call, C::Council(..)),
            Self::Staking => {
                utility
                    || matches!(
                        call,
                        C::Staking(..)
                            | C::VoterList(..)
                            | C::NominationPools(..)
                            | C::Proxy(
                                pallet_proxy::Call::add_proxy {
                                    proxy_type: ProxyType::StakingOperator,
                                    ..
                                } | pallet_proxy::Call::remove_proxy {
                                    proxy_type: ProxyType::StakingOperator,
                                    ..
                                }
                            )
                    )
            },
            Self::NominationPools => utility || matches!(call, C::NominationPools(..)),
            Self::StakingOperator => {
                use pallet_staking_async::Call as S;
                use pallet_utility::Call as U;
                matches!(
                    call,
                    C::Staking(S::validate { .. } | S::chill { .. } | S::kick { .. })
                        | C::Utility(
                            U::batch { .. } | U::batch_all { .. } | U::force_batch { .. }
                        )
                )
            },
            Self::Collator | Self::Auction | Self::ParaRegistration => utility,
        }
    }

    fn is_superset(&self, other: &Self) -> bool {
        use ProxyType::*;
        match (self, other) {
            (x, y) if x == y => true,
            (Any, _) => true,
            (_, Any) => false,
            (Assets, AssetOwner | AssetManager) => true,
            (
                NonTransfer,
                CancelProxy | Collator | Governance | Staking | NominationPools | Auction
                | ParaRegistration | StakingOperator,
            ) => true,
            (Staking, StakingOperator) => true,
            _ => false,
        }
    }
}
