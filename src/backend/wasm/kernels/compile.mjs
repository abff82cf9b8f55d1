/**
 * `npm run kernels`: compile `assembly/` into `binary.ts`, for memories that threads share and for those that they do
 * not, and with relaxed SIMD; all differ in a few bytes. With `--check` nothing is written, and the exit code says whether `binary.ts` is what comes out.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { inflateSync } from 'node:zlib';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import zopfli from '@gfx/zopfli';
import asc from 'assemblyscript/asc';

const here = dirname(fileURLToPath(import.meta.url));
const target = join(here, 'binary.ts');

const compiled = async (shared) => {
  const files = new Map();
  // Functions that are called from many places are not copied into each of them: as fast, and a fifth smaller.
  const flags = ['--runtime', 'stub', '--noAssert', '-O3s', '--importMemory', '--enable', 'simd'];
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

const inRows = (values) =>
  (values.join(', ').match(/(?:\d+(?:, )?){1,16}/g) ?? [])
    .map((row) => `    ${row.trim().replace(/,$/, '')},\n`)
    .join('');

const unshared = await compiled(false);
const shared = await compiled(true);
/** How many bytes from the front and from the back agree. */
const front = unshared.findIndex((byte, i) => byte !== shared[i]);
const back = unshared.toReversed().findIndex((byte, i) => byte !== shared.at(-1 - i));
const instead = [...shared.subarray(front, shared.length - back)];
// The kind and the bounds of the memory, and how long that makes the section of imports.
if (instead.length > 32) throw new Error(`the modules differ in ${instead.length} bytes`);

/** A product that is added to a variable (`madd.ts`): a multiplication, `local.get`, an addition, of three, two and three bytes. */
const PAIRS = {
  float32: /\xfd\xe6\x01\x20[\x00-\x7f]\xfd\xe4\x01/g,
  float64: /\xfd\xf2\x01\x20[\x00-\x7f]\xfd\xf0\x01/g,
};
const pairs = Object.entries(PAIRS).map(([name, pattern]) => [
  name,
  [...unshared.toString('latin1').matchAll(pattern)].map(({ index }) => index),
]);
console.log(
  `products that can be fused: ${pairs.map(([name, all]) => `${all.length} in ${name}`).join(', ')}`,
);

/** The file for a module that is compressed so. */
const textOf = (base64) =>
  '/** Made by `npm run kernels` from `assembly/`; not to be edited. A WebAssembly module, compressed, in base64. */\n' +
  lines('deflated', base64) +
  '\n/** What stands in the place of some of its bytes where threads share the memory. */\n' +
  `export const sharing = {\n  from: ${front},\n  to: ${unshared.length - back},\n  bytes: [${instead.join(', ')}],\n};\n` +
  '\n/** Where products are that relaxed SIMD fuses with sums. */\n' +
  `export const fusing = {\n${pairs.map(([name, all]) => `  ${name}: [\n${inRows(all)}  ],\n`).join('')}};\n`;

/** Whether the file is made of this module. How it is compressed is a matter of the version of zopfli. */
const isCurrent = (file) => {
  const base64 = [...(file.match(/deflated =[^;]*/)?.[0] ?? '').matchAll(/'(.*)'/g)]
    .map(([, part]) => part)
    .join('');
  return file === textOf(base64) && inflateSync(Buffer.from(base64, 'base64')).equals(unshared);
};

// Seven hundredths smaller than by zlib; a page loads it.
const compressed = async () => Buffer.from(await zopfli.zlibAsync(unshared, { numiterations: 15 }));

if (!process.argv.includes('--check')) writeFileSync(target, textOf((await compressed()).toString('base64')));
else if (!isCurrent(readFileSync(target, 'utf8'))) {
  console.error(`${target} is not what \`npm run kernels\` makes`);
  process.exitCode = 1;
}
