/**
 * A backprop step of the multilayer perceptron by tfjs as it comes, its own gradients on its own WASM backend:
 * `node tfjs.mjs BATCH ROUNDS SIZES…` prints the median of its milliseconds. (tfjs starts no threads in Node.)
 */
import { dirname, join } from 'node:path';
import { createRequire } from 'node:module';
import { build } from 'esbuild';

const [batch, rounds, ...sizes] = process.argv.slice(2).map(Number);
const require = createRequire(import.meta.url);
const tf = require('@tensorflow/tfjs-core');
const { setWasmPaths } = require('@tensorflow/tfjs-backend-wasm');
setWasmPaths(`${dirname(require.resolve('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm'))}/`);

// The gradients are a module without extensions, which Node cannot load as it is.
const root = dirname(require.resolve('@tensorflow/tfjs-core/package.json'));
const { outputFiles } = await build({
  entryPoints: [join(root, 'dist', 'register_all_gradients.js')],
  bundle: true,
  write: false,
  format: 'cjs',
  platform: 'node',
  logLevel: 'error',
});
new Function('module', 'exports', 'require', outputFiles[0].text)({ exports: {} }, {}, require);
await tf.setBackend('wasm');

const drawn = (shape, scale) => tf.variable(tf.randomUniform(shape, -scale, scale));
const parameters = sizes
  .slice(1)
  .flatMap((out, i) => [
    drawn([sizes[i], out], 1 / Math.sqrt(sizes[i])),
    drawn([out], 1 / Math.sqrt(sizes[i])),
  ]);
const x = tf.randomUniform([batch, sizes[0]], 0, 1);
const y = tf.oneHot(
  tf.tensor1d(
    Int32Array.from({ length: batch }, (_, i) => i % 10),
    'int32',
  ),
  sizes.at(-1),
);
const target = tf.cast(y, 'float32');

const loss = () => {
  let h = x;
  for (let i = 0; i < parameters.length; i += 2) {
    h = tf.add(tf.matMul(h, parameters[i]), parameters[i + 1]);
    if (i + 2 < parameters.length) h = tf.relu(h);
  }
  return tf.neg(tf.mean(tf.sum(tf.mul(tf.logSoftmax(h), target), 1)));
};
const optimizer = tf.train.momentum(0.01, 0.95, true);

const times = [];
for (let round = -1; round < rounds; round++) {
  const from = performance.now();
  optimizer.minimize(loss, true).dataSync();
  if (round >= 0) times.push(performance.now() - from);
}
times.sort((a, b) => a - b);
console.log(JSON.stringify({ milliseconds: times[Math.floor(times.length / 2)] }));
