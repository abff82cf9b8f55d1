/**
 * Lets a process that a test starts load TypeScript, as ts-node with swc does, and keeps what was compiled: `npm test` starts such
 * a process some hundred times, and compiling the sources again took longer than most of them run. A file that changed is another one.
 */
const { createHash } = require('node:crypto');
const { mkdirSync, readFileSync, renameSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');
const { version } = require('@swc/core/package.json');

const folder = join(__dirname, '..', 'node_modules', '.cache', 'proxprop');
mkdirSync(folder, { recursive: true });

const kept = (path) => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
};

/** An `import` of what is loaded later stays one: some packages and modules of users are no CommonJS. */
const settings = {
  module: { type: 'commonjs', ignoreDynamic: true },
  jsc: { target: 'es2022', keepClassNames: true, parser: { syntax: 'typescript' } },
};
const compiler = JSON.stringify([version, settings]);

require.extensions['.ts'] = (module, file) => {
  const source = readFileSync(file, 'utf8');
  const name = createHash('sha256').update(`${compiler}\n${file}\n${source}`).digest('hex');
  const path = join(folder, `${name}.js`);
  let code = kept(path);
  if (code === undefined) {
    code = require('@swc/core').transformSync(source, { filename: file, ...settings }).code;
    // Other processes may write the same file, or read it.
    writeFileSync(`${path}.${process.pid}`, code);
    renameSync(`${path}.${process.pid}`, path);
  }
  module._compile(code, file);
};
