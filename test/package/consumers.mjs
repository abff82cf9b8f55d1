/**
 * Who depends on the packed library, one row each. `check` gets the path of the packed file and gives what there is to tell;
 * it throws where something does not work. `quick`: what needs no tools but Node, and those of this repository.
 */
import { existsSync } from 'node:fs';
import { readdir, readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { root } from '../../src/package/twins.mjs';
import { commandLine, commandLineAlone } from './commandLine.mjs';
import { nodeOf, NODES } from './nodes.mjs';
import { experiment, missing, ownModule, planning, training, typed } from './programs.mjs';
import { cached, folderOf, must, run, titleIn, titleOf, write } from './tools.mjs';

/** What the training prints after its threads: in Node, to the last of six digits. */
const LOSSES = 'losses 1.141096 1.072636 0.973634';

const told = (output, expected = LOSSES) => {
  if (!output.includes(expected)) throw new Error(`expected ${expected}, found ${output}`);
  return output.split('\n').find((text) => text.includes(expected)) ?? output;
};

/** Pages sum in another order, on another number of threads. */
const toldNearly = (title) => {
  const found = (/losses ([\d. ]+)/.exec(title)?.[1] ?? '').split(' ').map(Number);
  const wanted = LOSSES.split(' ').slice(1).map(Number);
  // Two epochs of float32: a few units in the last place of each of a hundred additions.
  if (found.length !== wanted.length || !wanted.every((loss, i) => Math.abs(loss - found[i]) < 1e-4))
    throw new Error(`expected ${LOSSES}, found ${title}`);
  return title.replace(/^done /, '');
};

/** A worker of a page has the threads that it asks for. */
const toldOfTwo = (title) => told(toldNearly(title), 'threads 2, losses');

const asModule = (body) => `import * as library from 'proxprop';\n${body}`;
const printing = 'trained(library).then(console.log);\n';
const module = asModule(training() + printing);
const commonjs = `const library = require('proxprop');\n${training()}${printing}`;

const filesNamed = async (folder, ending) =>
  (await readdir(folder, { recursive: true })).filter((name) => name.endsWith(ending));

const plain = cached((tarball) =>
  folderOf('plain', [tarball], {
    'module.mjs': module,
    'common.cjs': commonjs,
    'both.cjs': `const a = require('proxprop'); import('proxprop').then((b) => console.log(a.chain === b.chain));`,
    'missing.mjs': asModule(`${missing}lines(library).then(console.log);`),
    'laws.mjs': `import 'proxprop/laws';`,
  }),
);

const onNode = (version) => ({
  name: `Node ${version}, plain ES module and CommonJS`,
  quick: true,
  check: async (tarball) => {
    const cwd = await plain(tarball);
    const node = await nodeOf(version);
    const line = told(await must(node, ['module.mjs'], { cwd }));
    if (told(await must(node, ['common.cjs'], { cwd })) !== line)
      throw new Error('CommonJS prints other numbers');
    told(await must(node, ['both.cjs'], { cwd }), 'true');
    return `${(await must(node, ['--version'])).trim()}: ${line}; one copy for both`;
  },
});

const MOST_PACKAGES = 30;
const MOST_MEGABYTES = 60;

const bytesIn = async (folder) => {
  const names = await readdir(folder, { recursive: true });
  const stats = await Promise.all(names.map((name) => stat(join(folder, name))));
  return stats.filter((one) => one.isFile()).reduce((sum, { size }) => sum + size, 0);
};

const size = {
  name: 'packages and size of npm install',
  quick: true,
  check: async (tarball) => {
    const modules = join(await plain(tarball), 'node_modules');
    const { packages } = JSON.parse(await readFile(join(modules, '.package-lock.json'), 'utf8'));
    const count = Object.keys(packages).length;
    const megabytes = (await bytesIn(modules)) / 1e6;
    const own = (await bytesIn(join(modules, 'proxprop'))) / 1e6;
    const line = `${count} packages, ${megabytes.toFixed(1)} MB of files, ${own.toFixed(1)} MB of them its own`;
    if (count > MOST_PACKAGES || megabytes > MOST_MEGABYTES) throw new Error(`too much: ${line}`);
    return line;
  },
};

const ROUNDS = 7;
const MOST_MODULES = 15;
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

const loading = {
  name: 'loading',
  quick: true,
  check: async (tarball) => {
    const cwd = await plain(tarball);
    const timed = async (type, code) => {
      const seen = [];
      for (let i = 0; i < ROUNDS; i++)
        seen.push(
          Number(
            await must(
              process.execPath,
              [
                `--input-type=${type}`,
                '-e',
                `const s = performance.now(); ${code}; console.log(performance.now() - s)`,
              ],
              { cwd },
            ),
          ),
        );
      return median(seen).toFixed(0);
    };
    const imported = await timed('module', `await import('proxprop')`);
    const required = await timed('commonjs', `require('proxprop')`);
    const core = await timed('commonjs', `require('@tensorflow/tfjs-core')`);
    const modules = Number(
      await must(
        process.execPath,
        ['-e', `require('proxprop'); console.log(Object.keys(require.cache).length)`],
        {
          cwd,
        },
      ),
    );
    // Times depend on what else the machine does; the number of modules does not.
    if (modules > MOST_MODULES) throw new Error(`${modules} modules are loaded, more than ${MOST_MODULES}`);
    return `import ${imported} ms, require ${required} ms (medians of ${ROUNDS}; tfjs-core alone ${core} ms), ${modules} modules`;
  },
};

const optional = {
  name: 'what is missing says what to install',
  quick: true,
  check: async (tarball) => {
    const cwd = await plain(tarball);
    const output = await must(process.execPath, ['missing.mjs'], { cwd });
    told(output, 'npm install webgpu @tensorflow/tfjs-backend-webgpu');
    told(output, 'npm install vega vega-lite');
    const laws = await run(process.execPath, ['laws.mjs'], { cwd });
    told(laws.output, `'fast-check'`);
    return 'webgpu, plots, laws';
  },
};

/** Relative links of packed pages lead to packed files. */
const links = {
  name: 'links of packed pages',
  quick: true,
  check: async (tarball) => {
    const home = join(await plain(tarball), 'node_modules/proxprop');
    const pages = await filesNamed(home, '.md');
    const dead = [];
    for (const page of pages) {
      const text = (await readFile(join(home, page), 'utf8')).replace(/^```[^]*?^```/gm, '');
      for (const [, link] of text.matchAll(/\]\((?!https?:|#)([^)#\s]+)[^)]*\)/g))
        if (!existsSync(join(home, dirname(page), link))) dead.push(`${page}: ${link}`);
    }
    if (dead.length > 0) throw new Error(`expected links to packed files, found ${dead.join(', ')}`);
    return `${pages.length} pages`;
  },
};

const experiments = {
  name: 'proxprop/experiment, ES module and CommonJS, without optional packages',
  quick: true,
  check: async (tarball) => {
    const cwd = await plain(tarball);
    await write(cwd, {
      'experiment.mjs': `import { builtIn, planned, readExperiment } from 'proxprop/experiment';\n${planning}`,
      'experiment.cjs': `const { builtIn, planned, readExperiment } = require('proxprop/experiment');\n${planning}`,
      'planned.json': JSON.stringify(experiment({ modules: ['./own.mjs'] })),
      'own.mjs': ownModule,
    });
    const line = told(await must(process.execPath, ['experiment.mjs'], { cwd }), '2 trainings, scaled');
    return told(await must(process.execPath, ['experiment.cjs'], { cwd }), line);
  },
};

const readmeLaws = {
  name: 'laws without a backend',
  check: async (tarball) => {
    const cwd = await folderOf('laws', [tarball, 'fast-check'], {
      'laws.mjs': `import { Optimizer } from 'proxprop';
import { check, optimizerPurity, showReport, trajectory } from 'proxprop/laws';
const own = Optimizer.chain(Optimizer.scale(0.01));
for (const law of [trajectory(own, () => (d) => 0.01 * d), optimizerPurity(own)]) console.log(showReport(check(law)));`,
    });
    const output = await must(process.execPath, ['laws.mjs'], { cwd });
    if (output.includes('VIOLATED')) throw new Error(output);
    return told(output, 'COULD NOT RUN');
  },
};

const tsNode = {
  name: 'ts-node, CommonJS',
  check: async (tarball) => {
    const cwd = await folderOf('ts-node', [tarball, 'ts-node', 'typescript@5.9', '@types/node'], {
      'main.ts': `// @ts-nocheck: the training is JavaScript.\nimport * as library from 'proxprop';\n${training()}${printing}`,
      'tsconfig.json': JSON.stringify({
        compilerOptions: {
          module: 'commonjs',
          moduleResolution: 'node10',
          target: 'es2022',
          esModuleInterop: true,
          skipLibCheck: true,
        },
      }),
    });
    return told(await must('npx', ['ts-node', 'main.ts'], { cwd }));
  },
};

const tsx = {
  name: 'tsx, ES module',
  check: async (tarball) => {
    const cwd = await folderOf('tsx', [tarball, 'tsx'], { 'main.mts': module });
    return told(await must('npx', ['tsx', 'main.mts'], { cwd }));
  },
};

const compilers = cached((tarball) =>
  folderOf('compilers', [
    tarball,
    'fast-check',
    ...['5.9', '6', '7'].map((version) => `ts${version.split('.')[0]}@npm:typescript@${version}`),
  ]),
);

/** One compiler, with declarations checked and written; `folder` has TypeScript as `alias`. */
const compiling = async (folder, bin, version, resolutions) => {
  const names = [];
  for (const [name, options, extension] of resolutions) {
    const config = `tsconfig.${version}.${name}.json`;
    const file = `${version}-${name}/main${extension}`;
    await write(folder, {
      [file]: typed,
      [config]: JSON.stringify({
        compilerOptions: {
          target: 'es2022',
          lib: ['ES2023', 'DOM'],
          strict: true,
          exactOptionalPropertyTypes: true,
          declaration: true,
          outDir: `out/${version}-${name}`,
          rootDir: '.',
          skipLibCheck: false,
          types: ['long'],
          // The DOM library of TypeScript 6 has the types of WebGPU that tfjs brings again.
          ...(version === '5'
            ? {}
            : { typeRoots: ['./node_modules/@types', './node_modules/proxprop/dist/type-roots'] }),
          ...options,
        },
        files: [file],
      }),
    });
    await must(process.execPath, [bin, '-p', config], { cwd: folder });
    names.push(name);
  }
  return names.join(', ');
};

const MODERN = [
  ['nodenext-esm', { module: 'nodenext', moduleResolution: 'nodenext' }, '.mts'],
  ['nodenext-cjs', { module: 'nodenext', moduleResolution: 'nodenext' }, '.cts'],
  ['bundler', { module: 'esnext', moduleResolution: 'bundler' }, '.ts'],
];
const OLD = [
  // The declarations of fast-check do not resolve there.
  ['node10', { module: 'commonjs', moduleResolution: 'node10', skipLibCheck: true }, '.ts'],
];

const typescript = (version, resolutions) => ({
  name: `TypeScript ${version}, skipLibCheck: false, declarations written`,
  check: async (tarball) => {
    const folder = await compilers(tarball);
    const alias = version.split('.')[0];
    return compiling(folder, join(folder, 'node_modules', `ts${alias}`, 'bin', 'tsc'), alias, resolutions);
  },
});

const typescriptHere = {
  name: `TypeScript of this repository, skipLibCheck: false`,
  quick: true,
  check: async (tarball) => {
    const folder = await folderOf('typescript', [tarball, 'fast-check']);
    return compiling(folder, join(root, 'node_modules/typescript-7/bin/tsc'), '7', MODERN.slice(0, 2));
  },
};

const unitTest = (imports) => `${imports}
${training()}
test('trains', async () => {
  expect(await trained(library)).toContain('${LOSSES}');
}, 60000);
`;

const vitest = {
  name: 'vitest',
  check: async (tarball) => {
    const cwd = await folderOf('vitest', [tarball, 'vitest@4.1'], {
      'unit.test.mjs': unitTest(
        `import { expect, test } from 'vitest';\nimport * as library from 'proxprop';`,
      ),
    });
    return told(await must('npx', ['vitest', 'run'], { cwd }), '1 passed');
  },
};

const jestFiles = {
  'all.test.js': `
test('all entries can be required', () => {
  for (const name of ['proxprop', 'proxprop/laws', 'proxprop/report', 'proxprop/data'])
    expect(Object.keys(require(name)).length).toBeGreaterThan(0);
});`,
};

const jest = {
  name: 'jest, node',
  check: async (tarball) => {
    const cwd = await folderOf('jest', [tarball, 'jest@30', 'fast-check'], {
      ...jestFiles,
      'unit.test.js': unitTest(`const library = require('proxprop');`).replace('threads: 2', 'threads: 1'),
      'node.test.js': `test('Node', () => expect(Object.keys(require('proxprop/node'))).toContain('saveCheckpoint'));`,
    });
    return told(await must('npx', ['jest', '--forceExit'], { cwd }), '3 passed, 3 total');
  },
};

const jsdom = {
  name: 'jest, jsdom',
  check: async (tarball) => {
    const cwd = await folderOf('jsdom', [tarball, 'jest@30', 'jest-environment-jsdom@30', 'fast-check'], {
      ...jestFiles,
      'cpu.test.js': `
const { chain, linear, Key, start } = require('proxprop');
test('runs on cpu', async () => {
  expect((await start('cpu')())._tag).toBe('Right');
  expect(chain(linear(2, 3)).init(Key.key(1))[0].weights.shape).toEqual([3, 2]);
});`,
      'jest.config.js': `module.exports = { testEnvironment: 'jsdom' };`,
    });
    return told(await must('npx', ['jest'], { cwd }), '2 passed, 2 total');
  },
};

const inTitle = `document.title = 'runs';\n`;
const page = (
  options = '{ threads: 2 }',
) => `import { backprop, batchOf, chain, describe, Key, linear, nesterov, softmaxCrossEntropy, start, tanh, train } from 'proxprop';
const library = { backprop, batchOf, chain, describe, Key, linear, nesterov, softmaxCrossEntropy, start, tanh, train };
${training(options)}`;
const html = (script) =>
  `<!doctype html><html><head><title>begins</title></head><body><script type="module" src="${script}"></script></body></html>`;
const shown = `${inTitle}trained(library).then((line) => { document.title = 'done ' + line; }, (thrown) => { document.title = 'done: ' + thrown; });\n`;
const workerScript = (options) =>
  `${page(options)}trained(library).then((line) => postMessage(line), (thrown) => postMessage(String(thrown)));\n`;
const inWorker = {
  'worker.js': workerScript(),
  'main.js': `${inTitle}const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
worker.onmessage = ({ data }) => { document.title = 'done ' + data; };
worker.onerror = ({ message }) => { document.title = 'done: ' + message; };\n`,
};

const viteFolder = cached((tarball) =>
  folderOf(
    'vite',
    [tarball, 'vite@8'],
    {
      'index.html': html('/page.js'),
      'page.js': page() + shown,
      'worker/index.html': html('./main.js'),
      'worker/worker.js': inWorker['worker.js'],
      'worker/main.js': inWorker['main.js'],
      'worker/vite.config.mjs': `export default { worker: { format: 'es' } };`,
    },
    { type: 'module' },
  ),
);

const viteMain = {
  name: 'Vite 8, default build, COOP/COEP, main thread in Chromium',
  check: async (tarball) => {
    const cwd = await viteFolder(tarball);
    await must('npx', ['vite', 'build'], { cwd });
    const wasm = await filesNamed(join(cwd, 'dist'), '.wasm');
    if (wasm.length !== 3) throw new Error(`expected three .wasm files, found ${wasm.join(', ')}`);
    return toldNearly(await titleIn(join(cwd, 'dist')));
  },
};

const viteWorker = {
  name: 'Vite 8, default build, COOP/COEP, Worker in Chromium',
  check: async (tarball) => {
    const cwd = join(await viteFolder(tarball), 'worker');
    await must('npx', ['vite', 'build'], { cwd });
    return toldOfTwo(await titleIn(join(cwd, 'dist')));
  },
};

const viteServer = {
  name: 'Vite 8, development server in Chromium, main thread and Worker',
  check: async (tarball) => {
    const cwd = await viteFolder(tarball);
    const script = `import { createServer } from 'vite';
const headers = { 'Cross-Origin-Opener-Policy': 'same-origin', 'Cross-Origin-Embedder-Policy': 'require-corp' };
const server = await createServer({ server: { port: 0, headers } });
await server.listen();
console.log('at ' + server.resolvedUrls.local[0]);
setTimeout(() => process.exit(), 60000);`;
    await write(cwd, { 'serve.mjs': script });
    const { spawn } = await import('node:child_process');
    const child = spawn(process.execPath, ['serve.mjs'], { cwd });
    try {
      const url = await new Promise((resolve, reject) => {
        child.stdout.on('data', (text) => {
          const found = /at (http\S+)/.exec(String(text))?.[1];
          if (found !== undefined) resolve(found);
        });
        child.on('close', () => reject(new Error('the server ended')));
      });
      const line = toldNearly(await titleOf(url));
      toldOfTwo(await titleOf(`${url}worker/index.html`));
      return line;
    } finally {
      child.kill();
    }
  },
};

const webpack = {
  name: 'webpack 5 in Chromium',
  check: async (tarball) => {
    const cwd = await folderOf('webpack', [tarball, 'webpack@5', 'webpack-cli'], {
      'src/index.js': page() + shown,
      'dist/index.html': html('main.js'),
    });
    await must('npx', ['webpack', '--mode', 'production'], { cwd });
    return toldNearly(await titleIn(join(cwd, 'dist')));
  },
};

const webpackWorker = {
  name: 'webpack 5, Worker in Chromium',
  check: async (tarball) => {
    const cwd = await folderOf('webpack-worker', [tarball, 'webpack@5', 'webpack-cli'], {
      'src/index.js': inWorker['main.js'],
      'src/worker.js': inWorker['worker.js'],
      'dist/index.html': html('main.js'),
    });
    await must('npx', ['webpack', '--mode', 'production'], { cwd });
    return toldOfTwo(await titleIn(join(cwd, 'dist')));
  },
};

const esbuild = {
  name: 'esbuild in Chromium, wasmFiles as a map, main thread and Worker',
  check: async (tarball) => {
    const names = [
      'tfjs-backend-wasm.wasm',
      'tfjs-backend-wasm-simd.wasm',
      'tfjs-backend-wasm-threaded-simd.wasm',
    ];
    const files = names.map((name, i) => `import file${i} from 'proxprop/wasm/${name}';\n`).join('');
    const map = names.map((name, i) => `'${name}': new URL(file${i}, import.meta.url).href`).join(', ');
    const cwd = await folderOf('esbuild', [tarball, 'esbuild'], {
      'page.js': files + page(`{ threads: 2, wasmFiles: { ${map} } }`) + shown,
      'worker.js': files + workerScript(`{ threads: 2, wasmFiles: { ${map} } }`),
      'dist/index.html': html('page.js'),
      'dist/worker/index.html': html('main.js'),
      'dist/worker/main.js': inWorker['main.js'].replace('./worker.js', '../worker.js'),
    });
    const args = [
      'page.js',
      'worker.js',
      '--bundle',
      '--minify',
      '--format=esm',
      '--loader:.wasm=file',
      '--outdir=dist',
      '--log-level=error',
    ];
    await must('npx', ['esbuild', ...args], { cwd });
    const line = toldNearly(await titleIn(join(cwd, 'dist')));
    toldOfTwo(await titleIn(join(cwd, 'dist'), 'worker/index.html'));
    return line;
  },
};

const bun = {
  name: 'Bun, two threads asked for',
  check: async (tarball) => {
    const cwd = await folderOf('bun', [tarball, '@oven/bun-linux-x64'], { 'main.mjs': module });
    const binary = join(cwd, 'node_modules/@oven/bun-linux-x64/bin/bun');
    return told(await must(binary, ['main.mjs'], { cwd, seconds: 60 }));
  },
};

const publint = {
  name: 'publint --strict',
  check: async (tarball) => {
    const cwd = await folderOf('publint', ['publint']);
    return told(await must('npx', ['publint', '--strict', tarball], { cwd }), 'All good');
  },
};

const attw = {
  name: 'are the types wrong',
  check: async (tarball) => {
    const cwd = await folderOf('attw', ['@arethetypeswrong/cli']);
    // Files of no types.
    const args = ['attw', tarball, '--format', 'ascii', '--exclude-entrypoints', './wasm/*'];
    const output = await must('npx', args, { cwd });
    return told(output, 'No problems found');
  },
};

/**
 * Gzip of what a page loads before it starts a backend, by esbuild; a little above what it is: 47 and 166 kB, of which tfjs's
 * core takes 48 and our WebAssembly kernels 26. Factors in float32 added four of them.
 */
const BUDGET = { chain: 60, training: 170 };

const kilobytes = async (cwd, name, code) => {
  await write(cwd, { [`${name}.js`]: code });
  const args = [`${name}.js`, '--bundle', '--minify', '--format=esm', '--splitting', `--outdir=out/${name}`];
  await must('npx', ['esbuild', ...args, '--log-level=error'], { cwd });
  const own = gzipSync(await readFile(join(cwd, 'out', name, `${name}.js`))).length;
  const text = await readFile(join(cwd, 'out', name, `${name}.js`), 'utf8');
  const shared = [...text.matchAll(/(?:from|import)\s*"\.\/([^"]+)"/g)].map(([, file]) => file);
  const sizes = await Promise.all(
    [...new Set(shared)].map(async (file) => gzipSync(await readFile(join(cwd, 'out', name, file))).length),
  );
  return sizes.reduce((sum, one) => sum + one, own) / 1000;
};

const budget = {
  name: 'size in a page, gzip',
  check: async (tarball) => {
    const cwd = await folderOf('budget', [tarball, 'esbuild']);
    const core = await kilobytes(
      cwd,
      'core',
      `import { add, matMul } from '@tensorflow/tfjs-core'; console.log(add, matMul);`,
    );
    const chain = await kilobytes(cwd, 'chain', `import { chain } from 'proxprop'; console.log(chain);`);
    const whole = await kilobytes(cwd, 'training', page() + shown);
    const line = `chain ${chain.toFixed(0)} kB, a page that trains ${whole.toFixed(0)} kB (add and matMul of tfjs-core alone ${core.toFixed(0)} kB)`;
    if (chain > BUDGET.chain || whole > BUDGET.training)
      throw new Error(`more than ${JSON.stringify(BUDGET)}: ${line}`);
    return line;
  },
};

export const consumers = [
  size,
  loading,
  ...NODES.map(onNode),
  // By day on one; on Node 20, which still works, with all other consumers.
  ...[commandLine('24'), commandLineAlone('24')],
  ...[commandLine('20'), commandLineAlone('20')].map((one) => ({ ...one, quick: false })),
  optional,
  experiments,
  links,
  readmeLaws,
  tsNode,
  tsx,
  typescriptHere,
  typescript('5.9', [...MODERN, ...OLD]),
  typescript('6', MODERN),
  typescript('7', MODERN),
  vitest,
  jest,
  jsdom,
  viteMain,
  viteWorker,
  viteServer,
  webpack,
  webpackWorker,
  esbuild,
  bun,
  publint,
  attw,
  budget,
];
