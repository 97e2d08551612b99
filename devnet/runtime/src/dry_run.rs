// SPDX-License-Identifier: Apache-2.0

//! The Asset Hub's `DryRunApi`, declared here instead of taken from the XCM crates.
//!
//! This chain has no XCM, and the codecs of three XCM versions would make every block slower.
//! Name, version and encoding are the Asset Hub's; where XCM would be, there is nothing:
//! `local_xcm` is always `None` and `forwarded_xcms` always empty, which encode the same
//! whatever they would hold.

use alloc::vec::Vec;
use polkadot_sdk::*;

use codec::{Decode, Encode, Error, Input};
use frame_support::dispatch::DispatchResultWithPostInfo;
use scale_info::TypeInfo;

/// Effects of a dry run of a call.
#[derive(Encode, Decode, Debug, TypeInfo)]
pub struct CallDryRunEffects<Event> {
    /// What the dispatch returned.
    pub execution_result: DispatchResultWithPostInfo,
    /// The events the dispatch emitted.
    pub emitted_events: Vec<Event>,
    /// Always `None`.
    pub local_xcm: Option<NoXcm>,
    /// Always empty.
    pub forwarded_xcms: Vec<NoXcm>,
}

/// Why there are no effects.
#[derive(Copy, Clone, Encode, Decode, Eq, PartialEq, Debug, TypeInfo)]
pub enum DryRunError {
    /// This chain has no XCM.
    #[codec(index = 0)]
    Unimplemented,
    /// Never returned here.
    #[codec(index = 1)]
    VersionedConversionFailed,
}

/// Stands where the Asset Hub has XCM. As an argument it takes what is left of the input.
#[derive(Encode, Debug, TypeInfo)]
pub struct NoXcm;

impl Decode for NoXcm {
    fn decode<I: Input>(input: &mut I) -> Result<Self, Error> {
        while input.remaining_len()?.unwrap_or(0) > 0 {
            input.read_byte()?;
        }
        Ok(Self)
    }
}

sp_api::decl_runtime_apis! {
    /// Rehearse a call without a transaction.
    #[api_version(2)]
    pub trait DryRunApi<Call, Event, OriginCaller>
    where
        Call: Encode,
        Event: Decode,
        OriginCaller: Encode,
    {
        /// Dispatch `call` as `origin` and roll back.
        fn dry_run_call(
            origin: OriginCaller,
            call: Call,
            result_xcms_version: u32,
        ) -> Result<CallDryRunEffects<Event>, DryRunError>;

        /// Answers `Unimplemented`.
        fn dry_run_xcm(origin_location: NoXcm, xcm: NoXcm) -> Result<(), DryRunError>;
    }
}
