/**
 * The suites that take each backend, in Chromium on its software adapters: `npm run test:gpu` runs this once for each
 * backend, named by PROXPROP_BACKENDS.
 */
import { playwright } from '@vitest/browser-playwright';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { chromiumArguments } from './test/gpu/chromium.mjs';

const env = {
  PROXPROP_BACKENDS: process.env['PROXPROP_BACKENDS'] ?? 'webgl',
  PROXPROP_CASES: process.env['PROXPROP_CASES'] ?? '0.05',
  PROXPROP_THREADS: process.env['PROXPROP_THREADS'] ?? '2',
};

export default defineConfig({
  resolve: {
    alias: [
      {
        find: /^\.\.?\/platform$/,
        replacement: fileURLToPath(new URL('src/backend/platform.browser.ts', import.meta.url)),
      },
      {
        find: /^(\.\.?)\/data$/,
        replacement: fileURLToPath(new URL('src/data/index.browser.ts', import.meta.url)),
      },
      {
        find: /^(\.\.?)\/report$/,
        replacement: fileURLToPath(new URL('src/report/index.browser.ts', import.meta.url)),
      },
      {
        find: /^(\.\.?)\/disk\/public$/,
        replacement: fileURLToPath(new URL('src/disk/public.browser.ts', import.meta.url)),
      },
      {
        find: /^(\.\.?)\/log$/,
        replacement: fileURLToPath(new URL('src/log/index.browser.ts', import.meta.url)),
      },
      {
        find: /^(\.\.?)\/train$/,
        replacement: fileURLToPath(new URL('src/train/index.browser.ts', import.meta.url)),
      },
    ],
  },
  define: {
    PROXPROP_BUNDLE_FOLDER: JSON.stringify('/node_modules/@tensorflow/tfjs-backend-wasm/dist/'),
    'process.env': JSON.stringify(env),
  },
  server: {
    headers: { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' },
  },
  optimizeDeps: {
    include: [
      '@tensorflow/tfjs-core',
      '@tensorflow/tfjs-backend-wasm',
      '@tensorflow/tfjs-backend-cpu',
      '@tensorflow/tfjs-backend-webgl',
      '@tensorflow/tfjs-backend-webgpu',
      'fast-check',
      'fp-ts/Either',
      'fp-ts/TaskEither',
      'io-ts',
    ],
  },
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: 170_000,
    hookTimeout: 60_000,
    fileParallelism: false,
    browser: {
      enabled: true,
      headless: true,
      screenshotFailures: false,
      ui: false,
      provider: playwright({
        launchOptions: { executablePath: '/usr/bin/chromium', args: [...chromiumArguments] },
      }),
      instances: [{ browser: 'chromium' }],
    },
  },
});
