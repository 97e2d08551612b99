#!/bin/sh
# Rebuild ../kernelCode.ts from src/, the same bytes each time.
#
# Debian packages: rustc-web cargo-web rust-web-src lld binaryen nodejs
# Options by environment: CARGO_TARGET_DIR (default: a folder below TMPDIR), CARGO and RUSTC (default: in /usr/bin).
set -eu
export LC_ALL=C

here=$(cd "$(dirname "$0")" && pwd)
cd "$here"

CARGO=${CARGO:-/usr/bin/cargo}
RUSTC=${RUSTC:-/usr/bin/rustc}
CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-${TMPDIR:-/tmp}/bursar-pofbs-kernel}
RUSTFLAGS="-C linker=wasm-ld -C target-feature=+simd128 -Z location-detail=none --remap-path-prefix=$here=/kernel"
export RUSTC CARGO_TARGET_DIR RUSTFLAGS
export RUSTC_BOOTSTRAP=1 CARGO_INCREMENTAL=0
unset CARGO_ENCODED_RUSTFLAGS CARGO_BUILD_RUSTFLAGS RUSTC_WRAPPER

"$CARGO" build --release --lib --target wasm32v1-none -Zbuild-std=core

built=$CARGO_TARGET_DIR/wasm32v1-none/release/bursar_pofbs_kernel.wasm
small=$CARGO_TARGET_DIR/kernel.wasm
wasm-opt -O3 --strip-debug --strip-producers --enable-simd --enable-mutable-globals "$built" -o "$small"

node write.mjs "$small"
