import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Tests of time limits run beside others on two cores: one that failed may show once more that it does not always.
    retry: process.env.CI ? 2 : 0,
    disableConsoleIntercept: true,
    // Two cores: every worker that boots a chain takes 300 MB and one core.
    maxWorkers: 2,
    pool: 'forks',
  },
});
