#!/bin/sh
# Joins the partials of all parts to one verdict.
#
#   EPOCH     directory of the epoch, with its manifest.json
#   RESULTS   directory of the partials
#   ASSET     which asset, if the parts are of one of several
#   GPMP      the GPMP that is on chain; default: none, and the verdict says so
#   BURSAR    the command line; default: bursar
#
# Arguments are flags for `bursar pofbs merge`, such as --balance USDC=12500000USDC.
# Ends with 0 if everything that was asked for is TRUE, with 9 otherwise.
set -u

: "${EPOCH:?}" "${RESULTS:?}"
# Several words, on purpose: a command with its own arguments.
# shellcheck disable=SC2086
exec ${BURSAR:-bursar} pofbs merge "$RESULTS/${ASSET:-part}"-*.json --manifest "$EPOCH/manifest.json" \
    ${ASSET:+--asset "$ASSET"} ${GPMP:+--gpmp "$GPMP"} "$@"
