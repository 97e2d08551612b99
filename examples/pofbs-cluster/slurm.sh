#!/bin/sh
# Submits an array job for the parts and a job that joins them when all are done. PARTS, EPOCH, RESULTS, ASSET, GPMP and BURSAR
# as in part.sh and merge.sh; they reach the tasks with the environment.
set -eu

: "${EPOCH:?}" "${PARTS:?}" "${RESULTS:?}"
here=$(cd "$(dirname "$0")" && pwd)
array=$(sbatch --parsable --export=ALL --job-name=pofbs-parts --array="0-$((PARTS - 1))" \
    --cpus-per-task=2 --mem=512M --time=01:00:00 "$here/part.sh")
sbatch --export=ALL --job-name=pofbs-merge --dependency="afterok:$array" --mem=512M --time=00:10:00 "$here/merge.sh"
