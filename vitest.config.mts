import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // tfjs keeps one engine per process: each test file gets its own process, and its own backend.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 120_000,
  },
});
