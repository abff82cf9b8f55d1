/**
 * The site: `npm run docs` writes it to dist/site. First the reference, from the docstrings of all public names; then all pages; then
 * the playground below them. A public name without a docstring, or a link to nothing, fails it.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeReference } from './reference.mjs';
import { root } from '../../src/package/twins.mjs';

const bin = (name) => join(root, 'node_modules', '.bin', name);
const run = (name, ...args) => execFileSync(bin(name), args, { cwd: root, stdio: 'inherit' });

const timed = async (what, make) => {
  const start = performance.now();
  await make();
  console.log(`${what}: ${((performance.now() - start) / 1000).toFixed(1)} s`);
};

try {
  await timed('reference', async () => {
    console.log(await writeReference());
  });
  await timed('pages', () => run('vitepress', 'build', 'docs'));
  await timed('playground', () => {
    // `--kept` takes the last build.
    if (!process.argv.includes('--kept') || !existsSync(join(root, 'dist/playground')))
      run('vite', 'build', '--config', 'examples/playground/vite.config.mts', '--logLevel', 'warn');
    rmSync(join(root, 'dist/site/playground-app'), { recursive: true, force: true });
    cpSync(join(root, 'dist/playground'), join(root, 'dist/site/playground-app'), { recursive: true });
  });
} catch (failure) {
  console.error(failure instanceof Error ? failure.message : failure);
  process.exit(1);
}
