// SPDX-License-Identifier: Apache-2.0

//! The proxy types of Polkadot's relay chain, by the same names and indices.
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
    Any = 0,
    /// No call that transfers funds to others.
    NonTransfer = 1,
    Governance = 2,
    /// Staking and session keys.
    Staking = 3,
    // 4 and 5 were taken once: SudoBalances, IdentityJudgement.
    /// Rejecting announcements; multisig operations.
    CancelProxy = 6,
    Auction = 7,
    NominationPools = 8,
    ParaRegistration = 9,
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
                    | C::Staking(..)
                    | C::Session(..)
                    | C::Utility(..)
                    | C::Multisig(..)
                    | C::Proxy(..)
                    | C::VoterList(..)
                    | C::RelaySimulator(..)
            ),
            Self::Staking => {
                utility || matches!(call, C::Staking(..) | C::Session(..) | C::VoterList(..))
            },
            Self::CancelProxy => {
                utility
                    || matches!(
                        call,
                        C::Proxy(pallet_proxy::Call::reject_announcement { .. }) | C::Multisig(..)
                    )
            },
            Self::Governance | Self::Auction | Self::NominationPools | Self::ParaRegistration => {
                utility
            },
        }
    }

    fn is_superset(&self, other: &Self) -> bool {
        match (self, other) {
            (x, y) if x == y => true,
            (Self::Any, _) => true,
            (_, Self::Any) => false,
            (Self::NonTransfer, _) => true,
            _ => false,
        }
    }
}
