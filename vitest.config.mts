import { defineConfig } from 'vitest/config';

/**
 * `--mode webgpu`: the suites that take each backend, on WebGPU alone, without a GPU on the software adapter of
 * Debian's chromium. It is slow: one case in twenty of each law.
 */
const softwareAdapter = '/usr/lib/chromium/vk_swiftshader_icd.json';
const webgpu = {
  PROXPROP_BACKENDS: 'webgpu',
  PROXPROP_CASES: process.env['PROXPROP_CASES'] ?? '0.05',
  VK_ICD_FILENAMES: process.env['VK_ICD_FILENAMES'] ?? softwareAdapter,
  VK_DRIVER_FILES: process.env['VK_DRIVER_FILES'] ?? softwareAdapter,
  XDG_RUNTIME_DIR: process.env['XDG_RUNTIME_DIR'] ?? '/tmp',
};

const fileOf = (mode: string): string =>
  mode === 'page'
    ? 'test/gpu/*.gpu.ts'
    : mode === 'playground'
      ? 'test/playground/*.page.ts'
      : 'test/**/*.test.ts';

/** The modes whose files share processes; a device of a GPU is not shared. */
const shared: readonly string[] = ['test', 'threads', 'relaxed'];

/** Whether this is `npm run test:full`. */
const full = process.env['PROXPROP_CASES'] === '1';

/**
 * The layers' table on a GPU is for where there is one, that on cpu for the night: what differs there is the kernels, which tests of
 * their own compare with those of wasm. Pages have no tests in a process of their own.
 */
const excluded = (mode: string): string[] => [
  '**/node_modules/**',
  ...(full ? [] : ['test/laws/layers.cpu.test.ts']),
  ...(mode === 'webgpu' ? [] : ['test/laws/layers.gpu.test.ts']),
  ...(mode === 'page' || mode === 'playground' ? ['**/*.alone.test.ts'] : []),
];

/**
 * Files that start processes, or read the project with a compiler: `npm run test:programs`. They are a third of the time of
 * all tests, and few changes break them.
 */
const programs = '**/*.program.test.ts';

export default defineConfig(({ mode }) => ({
  test: {
    // tfjs keeps one engine per process. Files that leave it as they found it share a process, so that the library is loaded once
    // in each; those that cannot are named `….alone.test.ts`, and get one of their own.
    projects: [
      {
        extends: true,
        test: {
          name: 'together',
          isolate: !shared.includes(mode),
          include: [fileOf(mode)],
          exclude: [...excluded(mode), '**/*.alone.test.ts', programs],
          setupFiles: ['test/titles.ts', 'test/left.ts'],
        },
      },
      {
        extends: true,
        test: {
          name: 'alone',
          include: ['test/**/*.alone.test.ts'],
          exclude: excluded(mode),
          setupFiles: ['test/titles.ts'],
        },
      },
      ...(mode === 'test'
        ? [
            {
              extends: true as const,
              test: { name: 'programs', include: [programs], setupFiles: ['test/titles.ts'] },
            },
          ]
        : []),
    ],
    pool: 'forks',
    // Without proxies around packages in CommonJS, which each access to them would go through.
    deps: { interopDefault: false },
    // `--mode threads`: wasm on two threads, and one file at a time. `--mode relaxed`: with relaxed SIMD, on Node 22 or later.
    maxWorkers: mode === 'threads' ? 1 : 2,
    env: {
      PROXPROP_THREADS: mode === 'threads' ? '2' : '1',
      PROXPROP_RELAXED: mode === 'relaxed' ? '1' : '0',
      ...(mode === 'webgpu' ? webgpu : {}),
    },
    // A bound for what hangs: tables of laws take two minutes for some layers where other work goes on beside them.
    testTimeout: 300_000,
    // `npm run coverage`, or with names of tests behind `--`.
    coverage: {
      provider: 'v8',
      include: ['src/**/*.ts', 'laws/**/*.ts', 'cli/**/*.ts'],
      exclude: ['src/backend/wasm/kernels/**', '**/*.browser.ts', '**/*.packed.ts'],
      reportsDirectory: 'runs/coverage',
      reporter: ['text', 'html', 'json-summary'],
    },
    hookTimeout: 120_000,
  },
}));
