#!/bin/sh
# One part of a verification that several machines share: judges part INDEX (from 0) of PARTS and writes a partial.
#
#   EPOCH     directory of the epoch, with its manifest.json
#   PARTS     how many parts there are: the same for all of them
#   INDEX     this part, from 0; default: the number that Kubernetes or Slurm gives to this task
#   RESULTS   directory of the partials, which all machines share
#   ASSET     which asset; needed where the epoch has several
#   BURSAR    the command line; default: bursar
#
# Ends with 0 if the partial was written, whatever it says: the verdict is that of merge.sh. Any other end may be retried.
set -u

: "${EPOCH:?}" "${PARTS:?}" "${RESULTS:?}"
INDEX=${INDEX:-${JOB_COMPLETION_INDEX:-${SLURM_ARRAY_TASK_ID:?}}}
K=$((INDEX + 1))

${BURSAR:-bursar} pofbs verify "$EPOCH" ${ASSET:+--asset "$ASSET"} \
    --shard "$K/$PARTS" --out "$RESULTS/${ASSET:-part}-$K-of-$PARTS.json" --quiet
code=$?
# 9: something is FALSE in this part. That is a result, and running it again would not change it.
[ "$code" -eq 9 ] && exit 0
exit "$code"
