// SPDX-License-Identifier: Apache-2.0

//! How a runtime declares what a preset may change.
//!
//! Each parameter is a storage value under the key `twox128(":Name:")`, with a default for chains
//! that do not set it. Pallets show most of them as constants in the metadata, which the runtime
//! API evaluates against the state, so a client sees the preset's value and not the default.

/// Declares the storage values and the genesis section that sets them, from one list.
macro_rules! presettable {
    ($( $(#[$doc:meta])* $name:ident, $field:ident: $ty:ty = $default:expr; )*) => {
        frame_support::parameter_types! {
            $( $(#[$doc])* pub storage $name: $ty = $default; )*
        }

        /// The `relaySimulator.parameters` section of genesis. Missing fields keep the default.
        #[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
        #[serde(rename_all = "camelCase", deny_unknown_fields, default)]
        pub struct Parameters {
            $( $(#[$doc])* pub $field: $ty, )*
        }

        impl Default for Parameters {
            fn default() -> Self {
                Self { $( $field: $default, )* }
            }
        }

        impl Parameters {
            /// Write every parameter to storage.
            pub fn write(&self) {
                $( $name::set(&self.$field); )*
            }
        }

        /// The one part of a genesis patch that must be in storage before the pallets' genesis is
        /// built.
        #[derive(Default, serde::Deserialize)]
        #[serde(default)]
        struct Outline {
            #[serde(rename = "relaySimulator")]
            relay_simulator: Section,
        }

        #[derive(Default, serde::Deserialize)]
        #[serde(default)]
        struct Section {
            parameters: Parameters,
        }

        /// Write the parameters of a genesis configuration to storage.
        pub fn write_from_genesis(json: &[u8]) -> Result<(), alloc::string::String> {
            let outline: Outline = serde_json::from_slice(json)
                .map_err(|e| alloc::format!("Invalid JSON blob: {e}"))?;
            outline.relay_simulator.parameters.write();
            Ok(())
        }
    };
}
