/**
 * `npm run kernels`: compile `assembly/` into `binary.ts`, for memories that threads share and for those that they do
 * not; the two differ in a few bytes. With `--check` nothing is written, and the exit code says whether `binary.ts` is what comes out.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';

const here = dirname(fileURLToPath(import.meta.url));
const target = join(here, 'binary.ts');

const compiled = async (shared) => {
  const files = new Map();
  const flags = ['--runtime', 'stub', '--noAssert', '-O3', '--importMemory', '--enable', 'simd'];
  const memory = shared ? ['--sharedMemory', '--maximumMemory', '65536', '--enable', 'threads'] : [];
  const { error, stderr } = await asc.main(
    ['assembly/index.ts', '--outFile', 'out.wasm', '--baseDir', here, ...flags, ...memory],
    { writeFile: (name, contents) => files.set(name, contents) },
  );
  if (error) throw new Error(`${error.message}\n${stderr.toString()}`);
  return Buffer.from(files.get('out.wasm'));
};

const lines = (name, base64) =>
  `export const ${name} =\n${(base64.match(/.{1,96}/g) ?? []).map((part) => `  '${part}'`).join(' +\n')};\n`;

const unshared = await compiled(false);
const shared = await compiled(true);
/** How many bytes from the front and from the back agree. */
const front = unshared.findIndex((byte, i) => byte !== shared[i]);
const back = unshared.toReversed().findIndex((byte, i) => byte !== shared.at(-1 - i));
const instead = [...shared.subarray(front, shared.length - back)];
// The kind and the bounds of the memory, and how long that makes the section of imports.
if (instead.length > 32) throw new Error(`the modules differ in ${instead.length} bytes`);

const text =
  '/** Made by `npm run kernels` from `assembly/`; not to be edited. A WebAssembly module in base64. */\n' +
  lines('unshared', unshared.toString('base64')) +
  '\n/** What stands in the place of some of its bytes where threads share the memory. */\n' +
  `export const sharing = {\n  from: ${front},\n  to: ${unshared.length - back},\n  bytes: [${instead.join(', ')}],\n};\n`;

if (!process.argv.includes('--check')) writeFileSync(target, text);
else if (readFileSync(target, 'utf8') !== text) {
  console.error(`${target} is not what \`npm run kernels\` makes`);
  process.exitCode = 1;
}
