/**
 * One ES module for pages without a bundler, with tfjs's .wasm files beside it: `npm run build:browser` writes it to
 * dist/browser, and the page of examples/browser to dist/browser/page. Twins for pages take the modules of Node out; that none
 * is left is checked here.
 */
import { build } from 'esbuild';
import { copyFile, mkdir } from 'node:fs/promises';
import { createRequire, isBuiltin } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { forPages, root, sourceOf } from '../../src/package/twins.mjs';

const binaries = [
  'tfjs-backend-wasm.wasm',
  'tfjs-backend-wasm-simd.wasm',
  'tfjs-backend-wasm-threaded-simd.wasm',
];

const twinsForPages = {
  name: 'twins',
  setup: ({ onResolve }) => {
    onResolve({ filter: /^\./ }, ({ path, importer }) => {
      const file = sourceOf(path, importer);
      const twin = file === undefined ? undefined : forPages(file);
      return twin === undefined ? null : { path: twin };
    });
  },
};

/** What every bundle for a page has in common; the banner tells where it lies, and so its .wasm files. */
const common = {
  absWorkingDir: root,
  bundle: true,
  format: 'esm',
  platform: 'browser',
  target: 'es2022',
  metafile: true,
  plugins: [twinsForPages],
  logLevel: 'warning',
  banner: { js: `const PROXPROP_BUNDLE_FOLDER = new URL('.', import.meta.url).href;` },
};

/** Write a bundle of `entry` to `folder/name`, and the .wasm files beside it. Throws where a module of Node is reached. */
export const bundle = async (entry, folder, name) => {
  await mkdir(folder, { recursive: true });
  const { metafile } = await build({ ...common, entryPoints: [entry], outfile: join(folder, name) });
  const reached = Object.values(metafile.outputs).flatMap(({ imports }) => imports.map(({ path }) => path));
  const own = Object.keys(metafile.inputs).filter((file) => !file.includes('node_modules'));
  const builtins = own
    .flatMap((file) => metafile.inputs[file].imports.map(({ path }) => path))
    .filter(isBuiltin);
  if (reached.length + builtins.length > 0)
    throw new Error(`the bundle reaches ${[...reached, ...builtins].join(', ')}, which no page has`);
  const wasm = dirname(
    createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm'),
  );
  await Promise.all(binaries.map((file) => copyFile(join(wasm, file), join(folder, file))));
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const page = join(root, 'dist/browser/page');
  await bundle(join(root, 'src/index.ts'), join(root, 'dist/browser'), 'proxprop.js');
  for (const name of ['main', 'worker'])
    await bundle(join(root, `examples/browser/${name}.ts`), page, `${name}.js`);
  await copyFile(join(root, 'examples/browser/index.html'), join(page, 'index.html'));
}
