/**
 * A backprop step of the multilayer perceptron by jax-js, jitted, on WebAssembly: `node jax.mjs BATCH ROUNDS SIZES…`
 * prints the median of its milliseconds.
 */
import { blockUntilReady, defaultDevice, init, jit, nn, numpy as np, valueAndGrad } from '@jax-js/jax';

const [batch, rounds, ...sizes] = process.argv.slice(2).map(Number);
await init('wasm');
defaultDevice('wasm');

const drawn = (shape, scale) => {
  const n = shape.reduce((a, b) => a * b, 1);
  return np.array(Float32Array.from({ length: n }, () => scale * (2 * Math.random() - 1))).reshape(shape);
};
let parameters = sizes
  .slice(1)
  .flatMap((out, i) => [
    drawn([sizes[i], out], 1 / Math.sqrt(sizes[i])),
    drawn([out], 1 / Math.sqrt(sizes[i])),
  ]);
const x = drawn([batch, sizes[0]], 1);
const y = nn.oneHot(np.array(Int32Array.from({ length: batch }, (_, i) => i % 10)), sizes.at(-1));

const loss = (p, input, target) => {
  let h = input;
  for (let i = 0; i < p.length; i += 2) {
    h = np.add(np.matmul(h, p[i]), p[i + 1]);
    if (i + 2 < p.length) h = nn.relu(h);
  }
  return np.negative(np.mean(np.sum(np.multiply(nn.logSoftmax(h), target), -1)));
};
const step = jit((p, input, target) => {
  const [, gradient] = valueAndGrad(loss)(
    p.map((a) => a.ref),
    input,
    target,
  );
  return p.map((a, i) => np.subtract(a, np.multiply(gradient[i], 0.01)));
});

const times = [];
for (let round = -1; round < rounds; round++) {
  const from = performance.now();
  parameters = await blockUntilReady(step(parameters, x.ref, y.ref));
  if (round >= 0) times.push(performance.now() - from);
}
times.sort((a, b) => a - b);
console.log(JSON.stringify({ milliseconds: times[Math.floor(times.length / 2)] }));
process.exit(0);
