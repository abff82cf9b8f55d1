// Saves equal bytes again and again, until it is killed: `saver.cjs FILE`.
require('ts-node').register();
const { readdirSync } = require('node:fs');
const { save } = require('../../src/disk/files.ts');

const [path] = process.argv.slice(2);
const saveOn = async (n) => {
  const result = await save(path, Buffer.alloc(300_000, n % 256))();
  if (result._tag === 'Left') throw new Error(result.left.found);
  if (n === 1) process.stdout.write('begun\n');
  return saveOn(n + 1);
};
saveOn(0).catch((thrown) => {
  console.error(String(thrown), readdirSync('.').length);
  process.exitCode = 1;
});
