// Adds to a bond through the same way as the command line: facts → plan → rehearsal → journal → outcome.
//   node bond-extra.mjs ENDPOINT AMOUNT KEYS_DIR KEY PASSPHRASE_FILE JOURNAL_DIR
import {
  assertChecks,
  BursarError,
  connect,
  execute,
  formatAmount,
  loadKey,
  outcomeError,
  parseAmount,
  planBondExtra,
  readStakingFacts,
  rehearse,
  resolveAccount,
  settleEarlier,
  stashFacts,
  unlock,
  withPassphrase,
} from 'bursar';

const [endpoint, amount, keysDir, keyName, passphraseFile, journalDir] = process.argv.slice(2);

async function bondExtra(chain) {
  const { address } = await resolveAccount(keyName, keysDir, { ss58Prefix: chain.token.ss58Prefix });
  const options = {
    signer: address,
    wrap: { kind: 'direct' },
    tip: 0n,
    mortalityMs: 10 * 60_000,
    wait: 'finalized',
    followMs: 120_000,
    journalDir,
    // The same words mean the same plan: a run that was killed is recognised by them.
    intent: `bond-extra ${address} ${amount}`,
    endpoints: [],
  };
  for (const { record, outcome } of await settleEarlier(chain, options)) {
    console.error(`${record.txHash} of ${record.at}: ${outcome.kind}`);
  }
  const facts = await readStakingFacts(chain, { accounts: [address] });
  const plan = planBondExtra(stashFacts(facts, address), parseAmount(amount, chain.token), 0n);
  const rehearsal = await rehearse(chain, plan, options);
  assertChecks(rehearsal.preflight.checks);
  const keystore = await loadKey(keysDir, keyName);
  const outcome = await withPassphrase({ file: passphraseFile }, { key: keyName }, async (passphrase) => {
    const key = await unlock(keystore, passphrase);
    try {
      return await execute(
        chain,
        plan,
        rehearsal,
        { address, sign: (payload) => key.sign(payload) },
        options,
      );
    } finally {
      key.lock();
    }
  });
  const error = outcomeError(outcome);
  if (error) throw error;
  const { before, after } = plan.effect;
  const active = (state) => formatAmount(state.ledger?.active ?? 0n, chain.token);
  console.log(`active: ${active(before)} → ${active(after)}, in block ${outcome.block.number}`);
}

let chain;
try {
  chain = await connect({ endpoints: [endpoint], timeoutMs: 20_000 });
  await bondExtra(chain);
} catch (error) {
  if (!(error instanceof BursarError)) throw error;
  console.error(`${error.code}: ${error.message} ${error.hint ?? ''}`);
  process.exitCode = error.exit;
} finally {
  await chain?.close();
}
