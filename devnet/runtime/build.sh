#!/bin/sh
# Rebuild the runtimes' blobs and DIGEST.json files from the sources, the same bytes each time.
#
#   ./build.sh            both
#   ./build.sh devnet     runtime.wasm.br
#   ./build.sh classic    classic/runtime.wasm.br
#
# The first is built twice: CheckMetadataHash compares signatures with a hash of the metadata that
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

version() { "$@" --version | head -n 1; }
toolchain="$(version "$RUSTC"); $(version "$CARGO"); $(version wasm-ld); $(version wasm-opt)"

# compile <package> <output> [metadata hash]
compile() {
    if [ $# -gt 2 ]; then
        export RUNTIME_METADATA_HASH="$3"
    else
        unset RUNTIME_METADATA_HASH
    fi
    # The crate that reads the variable is from the registry, where cargo looks for no change.
    "$CARGO" clean --quiet --release --target wasm32v1-none -p frame-metadata-hash-extension
    "$CARGO" build --release --locked --lib --target wasm32v1-none -Zbuild-std=core,alloc -p "$1"
    wasm-opt -Oz --strip-debug --strip-producers --mvp-features --enable-mutable-globals \
        "$CARGO_TARGET_DIR/wasm32v1-none/release/$(echo "$1" | tr - _).wasm" -o "$2"
}

devnet() {
    plain=$CARGO_TARGET_DIR/devnet-without-hash.wasm
    small=$CARGO_TARGET_DIR/devnet.wasm
    compile bursar-devnet-runtime "$plain"
    hash=$(node metadata-hash.mjs "$plain")
    compile bursar-devnet-runtime "$small" "$hash"
    cmp -s "$plain" "$small" && fail "the metadata hash was not compiled in"
    [ "$(node metadata-hash.mjs "$small")" = "$hash" ] ||
        fail "the metadata hash changed with the second build"
    node digest.mjs devnet "$small" "$toolchain" "$hash"
}

classic() {
    small=$CARGO_TARGET_DIR/classic.wasm
    compile bursar-devnet-classic "$small"
    node digest.mjs classic "$small" "$toolchain"
}

[ $# -gt 0 ] || set -- devnet classic
for runtime in "$@"; do
    case $runtime in
        devnet | classic) "$runtime" ;;
        *) fail "there is no runtime $runtime" ;;
    esac
done
