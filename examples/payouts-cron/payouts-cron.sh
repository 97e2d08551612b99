#!/bin/sh
# Pays what validators are owed, as cron or systemd runs it: `bursar payouts run --json --yes`. It pings a healthcheck when
# it begins, when all is well and when it is not, and leaves numbers for node_exporter's textfile collector.
#
# Environment:
#   ACCOUNTS      validators or nominators whose payouts are made: addresses or key names (or use --all in OPTIONS)
#   FROM          the key that signs and pays the fees; it needs no rights of the validators' accounts
#   BURSAR        the command line to run; default: bursar
#   OPTIONS       flags for it, such as "--network polkadot --passphrase-file /etc/bursar/passphrase --max-fee 0.5DOT"
#   PING          address of a healthcheck: PING/start, PING, PING/fail are requested; default: none
#   TEXTFILE      file for node_exporter (ends in .prom); default: none
#
# Exit code: that of bursar (0 paid or nothing to pay, 5 endpoint down: try again, others: look).
set -u

if [ -z "${FROM:-}" ]; then
  echo 'payouts-cron: set FROM to the key that signs' >&2
  exit 2
fi

# Node is there, because bursar runs on it: neither curl nor a JSON tool is needed.
ping() {
  [ -n "${PING:-}" ] || return 0
  TEXT=${2:-} node -e '
    const body = process.env.TEXT;
    fetch(process.argv[1], { method: "POST", body, signal: AbortSignal.timeout(10_000) })
      .then((answer) => { if (!answer.ok) throw new Error(`it answered ${answer.status}`); })
      .catch((error) => {
        console.error(`payouts-cron: the healthcheck could not be reached: ${error.cause?.message ?? error.message}`);
      });
  ' "$PING$1"
}

ping /start
# Several words each, on purpose: accounts and flags.
# shellcheck disable=SC2086
json=$(${BURSAR:-bursar} payouts run ${ACCOUNTS:-} --from "$FROM" ${OPTIONS:-} --json --yes)
code=$?

summary=$(printf '%s' "$json" | CODE=$code TEXTFILE=${TEXTFILE:-} node -e '
  const { readFileSync, renameSync, writeFileSync } = require("node:fs");
  const { CODE, TEXTFILE } = process.env;
  let output = {};
  try {
    output = JSON.parse(readFileSync(0, "utf8"));
  } catch {
    output.error = { code: "NO_RESULT", message: "bursar printed no result" };
  }
  const items = output.result?.items ?? [];
  const count = (status) => items.filter((item) => item.status === status).length;
  const paid = count("paid");
  const lines = [`exit ${CODE}`, `${paid} paid, ${count("paidByOthers")} by others, ${count("failed")} failed, ${count("left")} left`];
  if (output.error) lines.push(output.error.code);
  console.log(lines.join("; "));
  // The sentence is for the log of this machine; the healthcheck belongs to others and gets the code alone.
  if (output.error) console.error(`payouts-cron: ${output.error.message}`);
  if (TEXTFILE) {
    const metrics = [
      ["bursar_payouts_last_run_seconds", "When the job ran.", Math.floor(Date.now() / 1000)],
      ["bursar_payouts_exit_code", "How bursar ended.", CODE],
      ["bursar_payouts_paid", "Payouts that this run made.", paid],
      ["bursar_payouts_failed", "Payouts that this run could not make.", count("failed")],
      ["bursar_payouts_left", "Payouts that wait for another run.", count("left")],
    ];
    const text = metrics.map(([name, help, value]) => `# HELP ${name} ${help}\n# TYPE ${name} gauge\n${name} ${value}\n`);
    // The collector must never read half a file.
    writeFileSync(`${TEXTFILE}.new`, text.join(""));
    renameSync(`${TEXTFILE}.new`, TEXTFILE);
  }
') || summary="exit $code; the numbers could not be written"
echo "$summary" >&2

# 3 is "nothing to do", where OPTIONS has --exit-noop: that is healthy too.
case $code in
  0 | 3) ping '' "$summary" ;;
  *) ping /fail "$summary" ;;
esac
exit "$code"
