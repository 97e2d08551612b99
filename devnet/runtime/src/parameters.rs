// SPDX-License-Identifier: Apache-2.0

//! The parameters a preset may change, see `presettable.rs`.

use polkadot_sdk::*;

use sp_runtime::Perbill;

presettable! {
    /// Blocks a session.
    SessionLength, session_length: u32 = 2;
    /// Sessions an era.
    SessionsPerEra, sessions_per_era: u32 = 3;
    /// Sessions before the end of an era in which the next era's election is held.
    PlanningEraOffset, planning_era_offset: u32 = 1;
    /// Eras that validators' stake stays bonded after unbonding.
    BondingDuration, bonding_duration: u32 = 4;
    /// The same for nominators who cannot be slashed.
    NominatorFastUnbondDuration, nominator_fast_unbond_duration: u32 = 2;
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
    /// Whether rewards are paid from pots that are filled when an era ends (Polkadot's way), not
    /// minted at payout (Kusama's). Never back to `false` once an era has ended with `true`.
    DisableMinting, disable_minting: bool = false;
    /// With pots only: the part of the issuance for validators' self-stake, at the treasury's cost.
    IncentivePart, incentive_part: Perbill = Perbill::zero();
    /// Milliseconds an era counts for in the payout. 0: as long as it lasted.
    EraPayoutDuration, era_payout_duration: u64 = 86_400_000;
    /// Blocks a council motion stays open.
    CouncilMotionDuration, council_motion_duration: u32 = 100;
    /// Values the oracle needs for a combined value.
    OracleMinimumCount, oracle_minimum_count: u32 = 1;
    /// Milliseconds after which a value fed to the oracle no longer counts.
    OracleExpiresIn, oracle_expires_in: u64 = 3_600_000;
}
