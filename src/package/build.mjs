/**
 * The packed library: `npm run build` writes it to dist.
 *
 *     dist/esm          ES modules, one for each source file, so that bundlers leave out what a program does not use
 *     dist/cjs          CommonJS in few files; dist/cjs/browser for tools that take CommonJS with the condition `browser`
 *     dist/node         the entries of dist/cjs under names for `import`: in a process of Node there is one copy, whoever loads it
 *     dist/types        declarations for CommonJS; those for ES modules lie in dist/esm
 *     dist/type-roots   for programs that check declarations with TypeScript 6 and later
 *     dist/wasm         tfjs's .wasm files, and the scripts that start them in Node
 *     dist/src          the main entry beside its source's path, for programs in a checkout; it is not packed
 *
 * Of tfjs, only the core is a package that users install: its backends wasm and cpu are bundled here (dist/…/vendor), without
 * the builds and maps that make their packages large. A module with a twin for pages is imported by a name of the field
 * `imports` of package.json, whose condition `browser` chooses the twin.
 */
import { spawnSync } from 'node:child_process';
import { copyFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join, relative } from 'node:path';
import { rolldown } from 'rolldown';
import ts from 'typescript';
import { tfjsForBundlers, tfjsWasm } from './tfjs.mjs';
import { forPackage, forPages, nameOf, root, sourceOf } from './twins.mjs';

const load = createRequire(import.meta.url);
const dist = join(root, 'dist');
const bundled = ['@tensorflow/tfjs-backend-wasm', '@tensorflow/tfjs-backend-cpu'];

/** The entries of the package, and the source file of each. */
const entries = {
  experiment: 'src/experiment/index',
  index: 'src/index',
  data: 'src/data/index',
  internal: 'src/internal',
  laws: 'laws/index',
  node: 'src/node',
  report: 'src/report/index',
  types: 'src/types',
};

/** What Node starts, and nobody imports. */
const programs = { cli: 'cli/index', worker: 'src/experiment/worker' };

/** Entries that no page has. */
const onlyNode = ['experiment', 'node'];

/** Node's loader of ES modules finds fp-ts's files by their whole names alone; bundlers shall have its ES modules. */
const outside = (specifier) =>
  bundled.includes(specifier)
    ? specifier.replace('@tensorflow/', '#')
    : specifier.replace(/^fp-ts\//, '#fp-ts/');

/** What a module imports in the packed library: a twin by its name, a file by its whole name. */
const packedSpecifier = (specifier, importer) => {
  if (!specifier.startsWith('.')) return outside(specifier);
  const file = sourceOf(specifier.replace(/\.js$/, ''), importer);
  if (file === undefined) throw new Error(`${relative(root, importer)}: no source file ${specifier}`);
  if (forPages(file) !== undefined) return nameOf(file);
  const path = relative(dirname(importer), file).replace(/\.ts$/, '.mjs');
  return path.startsWith('.') ? path : `./${path}`;
};

/** ES modules have no __filename; of a bundle that is CommonJS, nobody knows where it lies. */
const FILENAME = '(import.meta.filename ?? `${process.cwd()}/index.js`)';

const DIRNAME = '(import.meta.dirname ?? process.cwd())';

/** Renames what a compiled module imports, in declarations and in `import()`. */
const renamingImports = (importer) => (context) => (sourceFile) => {
  const { factory } = context;
  const renamed = (literal) => factory.createStringLiteral(packedSpecifier(literal.text, importer), true);
  const isLoad = (node) =>
    ts.isCallExpression(node) &&
    node.expression.kind === ts.SyntaxKind.ImportKeyword &&
    ts.isStringLiteral(node.arguments[0]);
  const visit = (node) => {
    if (ts.isImportDeclaration(node)) {
      const { modifiers, importClause, attributes } = node;
      const specifier = renamed(node.moduleSpecifier);
      return factory.updateImportDeclaration(node, modifiers, importClause, specifier, attributes);
    }
    if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined) {
      const { modifiers, isTypeOnly, exportClause, attributes } = node;
      const specifier = renamed(node.moduleSpecifier);
      return factory.updateExportDeclaration(
        node,
        modifiers,
        isTypeOnly,
        exportClause,
        specifier,
        attributes,
      );
    }
    if (isLoad(node))
      return factory.updateCallExpression(node, node.expression, node.typeArguments, [
        renamed(node.arguments[0]),
      ]);
    if (ts.isIdentifier(node) && node.text === '__filename') return factory.createIdentifier(FILENAME);
    if (ts.isIdentifier(node) && node.text === '__dirname') return factory.createIdentifier(DIRNAME);
    return ts.visitEachChild(node, visit, context);
  };
  return ts.visitNode(sourceFile, visit);
};

/** Write `text` of a file of dist/esm with its map, whose sources lie in the package. */
const writeModule = async (to, from, text, mapText) => {
  const { sourceRoot: _none, ...given } = JSON.parse(mapText);
  const map = { ...given, file: basename(to) };
  await mkdir(dirname(to), { recursive: true });
  await writeFile(
    to,
    text.replace(/\/\/# sourceMappingURL=.*\n?$/, `//# sourceMappingURL=${basename(to)}.map\n`),
  );
  await writeFile(`${to}.map`, JSON.stringify({ ...map, sources: [relative(dirname(to), from)] }));
};

const buildModules = ({ options, fileNames }) =>
  Promise.all(
    fileNames.map(async (file) => {
      const from = forPackage(file) ?? file;
      const { outputText, sourceMapText } = ts.transpileModule(await readFile(from, 'utf8'), {
        fileName: from.replace(/\.mts$/, '.ts'),
        compilerOptions: {
          ...options,
          noEmit: false,
          module: ts.ModuleKind.ES2022,
          moduleResolution: ts.ModuleResolutionKind.Bundler,
          sourceMap: true,
          declaration: false,
          // They stand in the sources and the declarations, which are packed too.
          removeComments: true,
        },
        transformers: { after: [renamingImports(from)] },
      });
      const to = join(dist, 'esm', relative(root, file).replace(/\.ts$/, '.mjs'));
      await writeModule(to, from, outputText, sourceMapText);
    }),
  );

/** The few files that a platform loads, made of dist/esm, by the folder that they go into. */
const platforms = { cjs: 'node', 'cjs/browser': 'browser' };

const { imports } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));

/** What is used of these two is a few functions, spread over forty files. */
const moduleOf = (name, file) => join(dirname(load.resolve(`${name}/package.json`)), 'es6', `${file}.js`);

/** Whether a package has ES modules alone: `require` of it fails, or depends on the version of Node. */
const isImported = (name) => {
  const { type, exports } = JSON.parse(
    readFileSync(join(root, 'node_modules', name, 'package.json'), 'utf8'),
  );
  return type === 'module' && !JSON.stringify(exports ?? '').includes('"require"');
};

/** What is asked for by `import()`, where it is written down. */
const ASKED = /\bimport\((?:(['"])([^'"]+)\1)?/g;

/** Stands for an `import()` that stays one in CommonJS. */
const STAYS = 'PROXPROP_IMPORT(';

/**
 * In CommonJS a package is loaded by `require`, as test runners take no other way, but for packages that `require` cannot load, and
 * for modules whose address is known at run time alone.
 */
const keepingImports = (code) =>
  code.replace(ASKED, (call, _, name) =>
    name === undefined || (!/^[.#]/.test(name) && isImported(name)) ? call.replace('import(', STAYS) : call,
  );

/** How dist/esm is joined, and what lies outside by the names that its users resolve. */
const joining = (platform) => ({
  name: 'proxprop',
  resolveId: (specifier, importer) => {
    if (specifier.startsWith('#tfjs-')) return { id: specifier, external: true };
    if (specifier.startsWith('#fp-ts/')) return moduleOf('fp-ts', specifier.replace('#fp-ts/', ''));
    if (/^fp-ts\/es6\//.test(specifier)) return moduleOf('fp-ts', specifier.replace('fp-ts/es6/', ''));
    if (specifier === 'io-ts') return moduleOf('io-ts', 'index');
    const twin = imports[specifier];
    if (twin !== undefined) return join(root, (platform === 'browser' ? twin.browser : twin).import);
    if (specifier.startsWith('/')) return null;
    if (!specifier.startsWith('.')) return { id: specifier, external: true };
    // The ES modules of fp-ts and io-ts leave out the endings.
    return importer?.includes('/es6/') ? `${join(dirname(importer), specifier)}.js` : null;
  },
  load: async (id) => {
    if (id.includes('/es6/')) return null;
    if (id.endsWith('wasm/addresses.mjs')) return 'export const wasmAddresses = undefined;';
    const module = (await readFile(id, 'utf8')).replace(/\/\/# sourceMappingURL=.*\n?$/, '');
    const code = module.replaceAll(FILENAME, '__filename').replaceAll(DIRNAME, '__dirname');
    if (code.includes('import.meta'))
      throw new Error(`${relative(root, id)}: expected CommonJS, found an address that only ES modules know`);
    return keepingImports(code);
  },
  renderChunk: (code) => code.replaceAll(STAYS, 'import('),
});

/** What every program that trains loads. */
const NETWORK = [
  'core',
  'ops',
  'replay',
  'autodiff',
  'solver',
  'layer',
  'loss',
  'energy',
  'step',
  'schedule',
];

/** What readers of data and reports need of `core`: they do without the rest. */
const ALONE = ['checks', 'decode', 'disk', 'error', 'installed', 'oneLine', 'record', 'shape', 'short'];

const isOfNetworks = (id) => {
  const [, folder, name] = /\/dist\/esm\/src\/([^/]+)\/(.+)\.mjs$/.exec(id) ?? [];
  return NETWORK.includes(folder) && !(folder === 'core' && ALONE.includes(name));
};

const joinModules = async (folder) => {
  const platform = platforms[folder];
  const inputs =
    platform === 'node'
      ? Object.entries({ ...entries, ...programs })
      : Object.entries(entries).filter(([entry]) => !onlyNode.includes(entry));
  const bundle = await rolldown({
    input: Object.fromEntries(inputs.map(([entry, file]) => [entry, join(dist, 'esm', `${file}.mjs`)])),
    platform,
    plugins: [joining(platform)],
    treeshake: { moduleSideEffects: false },
  });
  const { output } = await bundle.write({
    dir: join(dist, folder),
    format: 'cjs',
    exports: 'named',
    dynamicImportInCjs: false,
    entryFileNames: '[name].js',
    // In one folder, as a worker is looked for beside the module that starts it.
    chunkFileNames: 'shared-[name].js',
    // One file of what entries share of networks: each file costs time when it is loaded.
    codeSplitting: {
      groups: [{ name: 'network', test: isOfNetworks, includeDependenciesRecursively: false }],
    },
    ...(platform === 'browser' ? { minify: { compress: true, mangle: false, codegen: true } } : {}),
  });
  await bundle.close();
  return output;
};

/** For each entry of dist/cjs, a module that exports the same. */
const nameForImport = async (output) => {
  await mkdir(join(dist, 'node'), { recursive: true });
  for (const { isEntry, name, exports = [] } of output)
    if (isEntry && name in entries)
      await writeFile(
        join(dist, 'node', `${name}.mjs`),
        `import library from '../cjs/${name}.js';\nexport const { ${exports.join(', ')} } = library;\n`,
      );
};

const vendored = { esm: '.mjs', cjs: '.js' };

/** One notice for each bundled file: tfjs has it in each of its modules, which come to half a megabyte. */
const NOTICE = `/*! Of TensorFlow.js 4.22: Copyright 2017-2023 Google LLC. Licensed under the Apache License, Version 2.0
 * (http://www.apache.org/licenses/LICENSE-2.0), whose text is in THIRD-PARTY-NOTICES.md. Changed: bundled and minified. */`;

const buildVendored = async (format) => {
  const extension = vendored[format];
  const bundle = await rolldown({
    input: Object.fromEntries(bundled.map((id) => [id.replace('@tensorflow/', ''), id])),
    external: ['@tensorflow/tfjs-core'],
    platform: 'neutral',
    resolve: { mainFields: ['module', 'main'] },
    plugins: [
      {
        name: 'seedrandom',
        // As a whole it asks for Node's crypto; cpu takes one of its algorithms alone.
        resolveId: (id) => (id === 'seedrandom' ? '\0seedrandom' : null),
        load: (id) =>
          id === '\0seedrandom'
            ? `import alea from ${JSON.stringify(load.resolve('seedrandom/lib/alea.js'))}; export { alea };`
            : null,
      },
      tfjsForBundlers,
    ],
    transform: { target: 'es2022' },
    logLevel: 'warn',
  });
  await bundle.write({
    dir: join(dist, format, 'vendor'),
    format,
    exports: 'named',
    entryFileNames: `[name]${extension}`,
    chunkFileNames: `[name]${extension}`,
    minify: true,
    comments: { legal: false },
    postBanner: NOTICE,
  });
  await bundle.close();
};

const copyWasm = async () => {
  await mkdir(join(dist, 'wasm'), { recursive: true });
  const scripts = ['tfjs-backend-wasm.js', 'tfjs-backend-wasm-threaded-simd.js'];
  const binaries = (await readdir(join(tfjsWasm, 'dist'))).filter((name) => name.endsWith('.wasm'));
  await Promise.all([
    ...[...scripts, 'tfjs-backend-wasm-threaded-simd.worker.js'].map((name) =>
      copyFile(join(tfjsWasm, 'wasm-out', name), join(dist, 'wasm', name)),
    ),
    ...binaries.map((name) => copyFile(join(tfjsWasm, 'dist', name), join(dist, 'wasm', name))),
  ]);
};

/**
 * tfjs's declarations name the package of WebGPU's types, which contradicts the DOM library of TypeScript 6 and later. A
 * program that checks declarations (`skipLibCheck: false`) takes this in its place, by `typeRoots`.
 */
const writeTypeRoot = async () => {
  const folder = join(dist, 'type-roots/@webgpu/types/dist');
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'index.d.ts'), '/// <reference types="long" />\nexport {};\n');
};

const configuration = () => {
  const { config, error } = ts.readConfigFile(join(root, 'tsconfig.build.json'), ts.sys.readFile);
  if (error !== undefined) throw new Error(ts.flattenDiagnosticMessageText(error.messageText, '\n'));
  return ts.parseJsonConfigFileContent(config, ts.sys, root);
};

/** Declarations for ES modules: the same with the whole names of files. */
const asModule = (text, file) =>
  text.replace(/(from |import\()(['"])([^'"]+)\2/g, (all, before, quote, specifier) => {
    if (specifier.startsWith('fp-ts/') && !specifier.endsWith('.js'))
      return `${before}${quote}${specifier.replace(/^fp-ts\/(lib\/)?/, 'fp-ts/lib/')}.js${quote}`;
    if (!specifier.startsWith('.')) return all;
    const path = join(dirname(file), specifier);
    if (existsSync(`${path}.d.ts`)) return `${before}${quote}${specifier}.mjs${quote}`;
    if (existsSync(join(path, 'index.d.ts')))
      return `${before}${quote}${specifier.replace(/\/$/, '')}/index.mjs${quote}`;
    throw new Error(`${file}: no declarations of ${specifier}`);
  });

/** Declarations by TypeScript 7, which takes seconds. */
const buildTypes = async () => {
  const outDir = join(dist, 'types');
  const tsc = join(root, 'node_modules/typescript-7/bin/tsc');
  const args = [
    '-p',
    'tsconfig.build.json',
    '--emitDeclarationOnly',
    '--outDir',
    outDir,
    '--pretty',
    'false',
  ];
  const { status, stdout, stderr } = spawnSync(process.execPath, [tsc, ...args], {
    cwd: root,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${stdout}${stderr}`);
  const files = (await readdir(outDir, { recursive: true })).filter((name) => name.endsWith('.d.ts'));
  await Promise.all(
    files.map(async (file) => {
      const to = join(dist, 'esm', file).replace(/\.d\.ts$/, '.d.mts');
      await mkdir(dirname(to), { recursive: true });
      await writeFile(to, asModule(await readFile(join(outDir, file), 'utf8'), join(outDir, file)));
    }),
  );
};

const started = performance.now();
for (const folder of ['cjs', 'esm', 'node', 'src', 'type-roots', 'types', 'wasm'])
  await rm(join(dist, folder), { recursive: true, force: true });
try {
  const configured = configuration();
  await buildTypes();
  await buildModules(configured);
  for (const folder of Object.keys(platforms)) {
    const output = await joinModules(folder);
    if (folder === 'cjs') await nameForImport(output);
  }
  for (const format of Object.keys(vendored)) await buildVendored(format);
  await mkdir(join(dist, 'src'), { recursive: true });
  await writeFile(join(dist, 'src', 'index.js'), "module.exports = require('../cjs/index.js');\n");
  await copyWasm();
  await writeTypeRoot();
} catch (thrown) {
  console.error(thrown instanceof Error ? thrown.message : thrown);
  process.exit(1);
}
console.log(`dist: ${((performance.now() - started) / 1000).toFixed(1)} s`);
