import { defineConfig } from 'vitest/config';

export default defineConfig(({ mode }) => ({
  test: {
    include: ['test/**/*.test.ts'],
    // tfjs keeps one engine per process: each test file gets its own process, and its own backend.
    pool: 'forks',
    // `--mode threads`: wasm on two threads, and one file at a time.
    maxWorkers: mode === 'threads' ? 1 : 2,
    env: { PROXPROP_THREADS: mode === 'threads' ? '2' : '1' },
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
}));
