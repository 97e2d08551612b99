// SPDX-License-Identifier: Apache-2.0

//! The bags in which the voter list sorts stakers.

use polkadot_sdk::*;

use crate::{Balance, EXISTENTIAL_DEPOSIT};
use frame_election_provider_support::VoteWeight;

const THRESHOLD_COUNT: usize = 65;

/// Bags that grow by half, from the existential deposit to everything.
pub const THRESHOLDS: [VoteWeight; THRESHOLD_COUNT] = {
    let mut bags = [VoteWeight::MAX; THRESHOLD_COUNT];
    let mut i = 0;
    let mut bag = EXISTENTIAL_DEPOSIT;
    while i < THRESHOLD_COUNT - 1 {
        assert!(bag < VoteWeight::MAX as Balance);
        bags[i] = bag as VoteWeight;
        bag = bag * 3 / 2;
        i += 1;
    }
    bags
};
