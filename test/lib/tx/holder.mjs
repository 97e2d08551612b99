// Holds an account's lock, from the sources that the test bundled; see journal.test.ts.
const [bundle, directory, genesis, key, mode] = process.argv.slice(2);
const { Journal } = await import(bundle);
const journal = await Journal.of(directory, genesis, key);
if (mode === 'append') {
  // Both processes write at the same time; every line must survive.
  for (let nonce = 0; nonce < 200; nonce++) journal.reported(`0x${process.pid}-${nonce}`);
  process.stdout.write('done\n');
} else {
  const lock = await journal.lock(60_000);
  process.stdout.write('held\n');
  process.stdin.on('data', async () => {
    await lock.release();
    process.stdout.write('released\n');
    process.stdin.destroy();
  });
  setInterval(() => {}, 1_000).unref();
}
