// SPDX-License-Identifier: Apache-2.0

//! The parameters a preset may change, see `presettable.rs`.

use polkadot_sdk::*;

use sp_runtime::Perbill;

presettable! {
    /// Blocks a session.
    SessionLength, session_length: u32 = 2;
    /// Sessions an era.
    SessionsPerEra, sessions_per_era: u32 = 3;
    /// Eras that stake stays bonded after unbonding.
    BondingDuration, bonding_duration: u32 = 4;
    /// Eras between an offence and its slash.
    SlashDeferDuration, slash_defer_duration: u32 = 3;
    /// Eras of history.
    HistoryDepth, history_depth: u32 = 84;
    /// Nominators a page of exposure.
    MaxExposurePageSize, max_exposure_page_size: u32 = 4;
    /// Validators an election may return.
    MaxValidatorSet, max_validator_set: u32 = 1000;
    /// Nominators an election may put behind one validator.
    MaxBackersPerWinner, max_backers_per_winner: u32 = 22_500;
    /// Issuance a year, of the total issuance.
    YearlyInflation, yearly_inflation: Perbill = Perbill::from_percent(8);
    /// The stakers' part of the issuance; the rest goes to the treasury pot.
    StakersPart, stakers_part: Perbill = Perbill::from_percent(85);
    /// Milliseconds an era counts for in the payout. 0: as long as it lasted.
    EraPayoutDuration, era_payout_duration: u64 = 86_400_000;
}
