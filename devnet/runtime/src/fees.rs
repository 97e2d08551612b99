// SPDX-License-Identifier: Apache-2.0

//! What a transaction costs: of the order of an Asset Hub, by the same two measures.

use polkadot_sdk::*;

use crate::{Balance, CENT, MILLICENT};
use frame_support::{parameter_types, weights::Weight};
use pallet_transaction_payment::{Multiplier, TargetedFeeAdjustment};
use sp_runtime::{traits::Bounded, FixedPointNumber, Perquintill};

/// The scarcer of time and proof size decides.
pub struct WeightToFee;

impl frame_support::weights::WeightToFee for WeightToFee {
    type Balance = Balance;

    fn weight_to_fee(weight: &Weight) -> Balance {
        // A tenth of a cent for 0.1 ms, which is what an empty transaction takes, and for 10 kB.
        let time = Balance::from(weight.ref_time()) * (CENT / 10) / 100_000_000;
        let proof = Balance::from(weight.proof_size()) * (CENT / 10) / 10_000;
        time.max(proof)
    }
}

/// A tenth of a millicent a byte.
pub struct LengthToFee;

impl frame_support::weights::WeightToFee for LengthToFee {
    type Balance = Balance;

    fn weight_to_fee(length: &Weight) -> Balance {
        Balance::from(length.ref_time()) * (MILLICENT / 10)
    }
}

parameter_types! {
    pub const TargetFullness: Perquintill = Perquintill::from_percent(25);
    pub AdjustmentVariable: Multiplier = Multiplier::saturating_from_rational(3, 100_000);
    pub MinimumMultiplier: Multiplier = Multiplier::saturating_from_rational(1, 10);
    pub MaximumMultiplier: Multiplier = Bounded::max_value();
}

/// Follows the load of the chain, slowly; an idle development chain becomes cheaper by the day.
pub type SlowMultiplier<R> = TargetedFeeAdjustment<
    R,
    TargetFullness,
    AdjustmentVariable,
    MinimumMultiplier,
    MaximumMultiplier,
>;
