#!/bin/sh
# Rebuild runtime.wasm.br and DIGEST.json from the sources, the same bytes each time.
#
# Debian packages: rustc-web cargo-web rust-web-src lld binaryen nodejs
# Options by environment: CARGO_TARGET_DIR (default: a folder below TMPDIR),
# CARGO and RUSTC (default: Debian's in /usr/bin).
set -eu
export LC_ALL=C

here=$(cd "$(dirname "$0")" && pwd)
cd "$here"

CARGO=${CARGO:-/usr/bin/cargo}
RUSTC=${RUSTC:-/usr/bin/rustc}
CARGO_HOME=${CARGO_HOME:-$HOME/.cargo}
CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-${TMPDIR:-/tmp}/bursar-devnet-runtime}
sysroot=$("$RUSTC" --print sysroot)
rust_src=$(cd "$sysroot/lib/rustlib/src/rust" && pwd -P)

for tool in wasm-ld wasm-opt node; do
    command -v "$tool" >/dev/null || { echo "build.sh: $tool is missing" >&2; exit 1; }
done

# substrate_runtime: without it the runtime interfaces do not compile.
# remap: no path of this machine gets into the bytes.
RUSTFLAGS="--cfg substrate_runtime \
-C link-arg=--export=__heap_base -C link-arg=--import-memory -C link-arg=--export-table \
-C linker=wasm-ld -Z location-detail=none \
--remap-path-prefix=$CARGO_HOME/registry/src=/cargo \
--remap-path-prefix=$sysroot/lib/rustlib/src/rust=/rust \
--remap-path-prefix=$rust_src=/rust \
--remap-path-prefix=$here=/runtime"
export RUSTC CARGO_HOME CARGO_TARGET_DIR RUSTFLAGS
export RUSTC_BOOTSTRAP=1 CARGO_INCREMENTAL=0
unset CARGO_ENCODED_RUSTFLAGS CARGO_BUILD_RUSTFLAGS RUSTC_WRAPPER RUNTIME_METADATA_HASH

"$CARGO" build --release --locked --lib --target wasm32v1-none -Zbuild-std=core,alloc

built=$CARGO_TARGET_DIR/wasm32v1-none/release/bursar_devnet_runtime.wasm
small=$CARGO_TARGET_DIR/runtime.wasm
wasm-opt -Oz --strip-debug --strip-producers --mvp-features --enable-mutable-globals "$built" -o "$small"

version() { "$@" --version | head -n 1; }
node digest.mjs "$small" \
    "$(version "$RUSTC"); $(version "$CARGO"); $(version wasm-ld); $(version wasm-opt)"
