#!/bin/sh
# Rebuild runtime.wasm.br and DIGEST.json from the sources, the same bytes each time.
#
# The runtime is built twice: CheckMetadataHash compares signatures with a hash of the metadata that
# is compiled in, and the metadata is known when the runtime has been built without it.
#
# Debian packages: rustc-web cargo-web rust-web-src lld binaryen; Node and `npm ci` of the project.
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

fail() { echo "build.sh: $1" >&2; exit 1; }

for tool in wasm-ld wasm-opt node; do
    command -v "$tool" >/dev/null || fail "$tool is missing"
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
unset CARGO_ENCODED_RUSTFLAGS CARGO_BUILD_RUSTFLAGS RUSTC_WRAPPER

# build <output> [metadata hash]
build() {
    if [ $# -gt 1 ]; then
        export RUNTIME_METADATA_HASH="$2"
    else
        unset RUNTIME_METADATA_HASH
    fi
    # The crate that reads the variable is from the registry, where cargo looks for no change.
    "$CARGO" clean --quiet --release --target wasm32v1-none -p frame-metadata-hash-extension
    "$CARGO" build --release --locked --lib --target wasm32v1-none -Zbuild-std=core,alloc
    wasm-opt -Oz --strip-debug --strip-producers --mvp-features --enable-mutable-globals \
        "$CARGO_TARGET_DIR/wasm32v1-none/release/bursar_devnet_runtime.wasm" -o "$1"
}

plain=$CARGO_TARGET_DIR/runtime-without-hash.wasm
small=$CARGO_TARGET_DIR/runtime.wasm
build "$plain"
hash=$(node metadata-hash.mjs "$plain")
build "$small" "$hash"
cmp -s "$plain" "$small" && fail "the metadata hash was not compiled in"
[ "$(node metadata-hash.mjs "$small")" = "$hash" ] || fail "the metadata hash changed with the second build"

version() { "$@" --version | head -n 1; }
node digest.mjs "$small" "$hash" \
    "$(version "$RUSTC"); $(version "$CARGO"); $(version wasm-ld); $(version wasm-opt)"
