import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    disableConsoleIntercept: true,
    // Two cores: every worker that boots a chain takes 300 MB and one core.
    maxWorkers: 2,
    pool: 'forks',
  },
});
