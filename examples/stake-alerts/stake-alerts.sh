#!/bin/sh
# Tells somebody when a stake needs attention: every advice of level "warn" of `bursar stake status --json`, and every
# failure to ask. Made for cron and systemd: it says nothing while all is well.
#
# Environment:
#   ACCOUNTS      addresses or key names, separated by spaces (required)
#   BURSAR        the command line to run; default: bursar
#   OPTIONS       flags for it, such as "--network polkadot"
#   ALERT         command that gets the alert on its standard input; default: write it to stderr
#   STATE         directory that remembers what was told; default: tell everything every time
#   REMIND_HOURS  with STATE, tell what has not changed again after so many hours; default: 24
#
# Exit codes: 0 nothing to tell, 1 something was told, 2 the script is used wrongly or could not tell.
set -u

if [ -z "${ACCOUNTS:-}" ]; then
  echo 'stake-alerts: set ACCOUNTS to the addresses or key names to watch' >&2
  exit 2
fi
told=${STATE:+$STATE/told}
[ -z "${STATE:-}" ] || mkdir -p "$STATE" || exit 2

# Several words each, on purpose: accounts, flags, and a command with its own arguments.
# shellcheck disable=SC2086
json=$(${BURSAR:-bursar} stake status $ACCOUNTS ${OPTIONS:-} --json 2>/dev/null)
code=$?

# Node is there, because bursar runs on it: no JSON tool is needed.
alert=$(printf '%s' "$json" | CODE=$code TOLD=$told HOURS=${REMIND_HOURS:-24} node -e '
  const { existsSync, readFileSync, rmSync, statSync } = require("node:fs");
  const { CODE, TOLD, HOURS } = process.env;
  const lines = [];
  let output = {};
  try {
    output = JSON.parse(readFileSync(0, "utf8"));
  } catch {
    lines.push(`bursar ended with ${CODE} and printed no result`);
  }
  if (output.error) lines.push(`${output.error.code}: ${output.error.message}`);
  for (const { address, advice } of output.result?.accounts ?? [])
    for (const { id, level, text, command } of advice)
      if (level === "warn") lines.push(`${address} ${id}: ${text}${command ? ` -> ${command}` : ""}`);
  const alert = lines.join("\n");
  const known = TOLD !== "" && existsSync(TOLD);
  const isRecent = () => Date.now() - statSync(TOLD).mtimeMs < HOURS * 3_600_000;
  if (alert === "") {
    // When all is well again, the next alert is news even if it is the same.
    if (known) rmSync(TOLD);
  } else if (!known || readFileSync(TOLD, "utf8").trimEnd() !== alert || !isRecent()) {
    console.log(alert);
  }
') || {
  echo 'stake-alerts: the answer could not be read' >&2
  exit 2
}
[ -n "$alert" ] || exit 0

if [ -n "${ALERT:-}" ]; then
  printf '%s\n' "$alert" | $ALERT || exit 2
else
  printf '%s\n' "$alert" >&2
fi
# Only what was told is remembered: when ALERT fails, the next run tries again.
[ -z "$told" ] || printf '%s\n' "$alert" >"$told"
exit 1
