#!/bin/sh
# Builds the three epochs beside this script from their ledgers. The salts are in the ledgers, so that the files come out
# the same every time; a custodian lets bursar make them, and keeps ledgers and mappings to itself. The custody account is
# a multisig of three validators (alice, bob and charlie of development chains), of whom two must agree.
#
#   make.sh [DIR]    default: the directory of this script
#
# Environment:
#   BURSAR   the command line to run; default: bursar
set -eu

here=$(cd "$(dirname "$0")" && pwd)
out=${1:-$here}
prev=
for epoch in 0 1 2; do
  # Several words each, on purpose: the command line, and --prev for all epochs but the first.
  # shellcheck disable=SC2086
  ${BURSAR:-bursar} pofbs build "$here/ledgers/$epoch.csv" \
    --asset USDC:6 --asset DOT:10 \
    --chain 0x68d56f15f85d3136970ec16946040bc1752654e906147f7e43e9d539d7c3de2f \
    --custody 5DjYJStmdZ2rcqXbXGX7TW85JsrW6uG4y9MUcLq2BoPMpRA7 \
    --epoch "$epoch" $prev --timestamp "2026-11-0$((epoch + 1))T12:00:00Z" \
    --out "$out/epoch-$epoch" --force --quiet
  prev="--prev $out/epoch-$epoch"
done
