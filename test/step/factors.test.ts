/** Explicit steps in the metric of Kronecker factors: by both interpreters, beside ProxProp, in checkpoints, and their failures. */
import { mul } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type AnyLayer,
  attempt,
  backprop,
  batchOf,
  chain,
  conv2d,
  decodeCheckpoint,
  direction,
  dispose,
  encodeCheckpoint,
  exact,
  type Example,
  explicit,
  factors,
  flatten,
  foof,
  Key,
  kfac,
  layerNorm,
  linear,
  liveTensors,
  type Loss,
  type Memory,
  type Method,
  momentum,
  Optimizer,
  proxprop,
  relu,
  reshape,
  residual,
  sgd,
  softmaxCrossEntropy,
  squaredError,
  stepMonoid,
  tanh,
  toHost,
  train,
  Tree,
  x,
} from '../../src';
import { problem, runDirection } from '../../src/internal';
import { boxes, messageOf, right, started, testBackends } from '../support';

const data = boxes(3, 48, 6, 3);
const net = chain(linear(6, 5), tanh(5), linear(5, 4), tanh(4), linear(4, 3));
const conv = chain(reshape([6], [3, 2, 1]), conv2d([3, 2, 1], 2, 2), flatten([2, 1, 2]), linear(4, 3));
const skip = chain(linear(6, 5), residual(chain(layerNorm([5]), linear(5, 5), relu(5))), linear(5, 3));
const batches = [0, 1, 2].map((b) => Int32Array.from({ length: b === 2 ? 8 : 16 }, (_, i) => 16 * b + i));

const hosts = (tree: Tree.Tree): readonly (readonly number[])[] =>
  Tree.leaves(tree).map((t) => [...toHost(t)]);

/** ‖a − b‖ / ‖b‖ over all numbers. */
const distance = (a: Tree.Tree, b: Tree.Tree): number => {
  const [p, q] = [hosts(a).flat(), hosts(b).flat()];
  return Math.hypot(...p.map((v, i) => v - (q[i] ?? Number.NaN))) / Math.hypot(...q);
};

const run = (
  of: AnyLayer,
  method: Method,
  interpreter: 'plain' | 'fast',
  memory: Memory,
  example: Example,
  loss: Loss = softmaxCrossEntropy,
) => {
  const { energy, step } = right(problem(of, loss, method));
  return runDirection(energy, step, of.init(Key.key(1)), example, interpreter, false, undefined, memory);
};

const batch = (b: number): Example => batchOf(data, batches[b] ?? Int32Array.of(0));

for (const backend of testBackends)
  describe(`Kronecker factors on ${backend}`, () => {
    beforeAll(() => started(backend));

    const networks: readonly (readonly [string, AnyLayer])[] = [
      ['dense', net],
      ['convolutional', conv],
      ['with a skip and a norm', skip],
    ];
    const methods: readonly (readonly [string, Method])[] = [
      ['kfac', kfac({ damping: 0.1, average: 0.8 })],
      ['kfac every 2', kfac({ damping: 0.1, average: 0.8, every: 2 })],
      ['foof', foof({ damping: 0.1, average: 0.8 })],
    ];
    for (const [what, of] of networks)
      for (const [name, method] of methods)
        it(`${name} is one step by both interpreters, batch after batch: ${what}`, () => {
          let [fast, plain]: readonly Memory[] = [{}, {}];
          batches.forEach((_, b) => {
            const [a, c] = [
              run(of, method, 'fast', fast ?? {}, batch(b)),
              run(of, method, 'plain', plain ?? {}, batch(b)),
            ];
            // float32 products and inverses of condition 1e3 beside float64.
            expect(distance(a.direction, c.direction)).toBeLessThan(1e-4);
            expect(Object.keys(a.memory).sort()).toEqual(Object.keys(c.memory).sort());
            expect(
              a.solves.every(({ residual, converged }) => Number(residual) < 1e-4 && converged === true),
            ).toBe(true);
            [fast, plain] = [a.memory, c.memory];
          });
        });

    it('makes its inverses anew at every second batch, and says so once for each', () => {
      const method = kfac({ damping: 0.1, average: 0.8, every: 2 });
      const first = run(net, method, 'fast', {}, batch(0));
      const second = run(net, method, 'fast', first.memory, batch(1));
      const third = run(net, method, 'fast', second.memory, batch(2));
      const inverse = (memory: Memory) => memory['1:inverse'] ?? {};
      // Three layers, two sides.
      expect([first, second, third].map(({ solves }) => solves.length)).toEqual([6, 0, 6]);
      const [one = [], two = [], three = []] = [first, second, third].map(({ memory }) =>
        hosts(inverse(memory)),
      );
      expect(two[0]).toEqual(one[0]);
      expect(three[0]).not.toEqual(two[0]);
      // Its means go on all the same.
      expect(hosts(second.memory['1'] ?? {})).not.toEqual(hosts(first.memory['1'] ?? {}));
    });

    it('is the gradient, scaled, where the damping is large, and another direction where it is not', () => {
      const gradient = run(net, backprop(), 'fast', {}, batch(0)).direction;
      const large = 1e6;
      const scaled = (d: Tree.Tree): Tree.Tree => Tree.map((leaf) => mul(leaf, large))(d);
      // √λ/π·π√λ = λ on both sides, and the factors are small beside them.
      expect(
        distance(scaled(run(net, kfac({ damping: large }), 'fast', {}, batch(0)).direction), gradient),
      ).toBeLessThan(1e-2);
      expect(
        distance(scaled(run(net, foof({ damping: large }), 'fast', {}, batch(0)).direction), gradient),
      ).toBeLessThan(1e-4);
      expect(
        distance(run(net, kfac({ damping: 1 }), 'fast', {}, batch(0)).direction, gradient),
      ).toBeGreaterThan(0.1);
    });

    it('holds where gradients have faded until their squares are no float32 any more', () => {
      const deep = chain(...Array.from({ length: 3 }, () => linear(6, 6)), linear(6, 3));
      const faded = deep.init(Key.key(1)).map((layer) => Tree.map((leaf) => mul(leaf, 1e-10))(layer));
      for (const interpreter of ['fast', 'plain'] as const) {
        const { energy, step } = right(problem(deep, softmaxCrossEntropy, kfac({ damping: 0.1 })));
        const { direction: found } = runDirection(energy, step, faded, batch(0), interpreter);
        expect(hosts(found).flat().every(Number.isFinite)).toBe(true);
      }
    });

    it('of FOOF without memory is ProxProp below the last link', () => {
      const [rows, damping] = [16, 0.05];
      const own = run(net, foof({ average: 0, damping, tau: 1 / rows }), 'fast', {}, batch(0)).direction;
      const other = run(
        net,
        proxprop({ tauTheta: 1 / (rows * damping), solver: exact() }),
        'fast',
        {},
        batch(0),
      ).direction;
      const below = (d: Tree.Tree): Tree.Tree => (Tree.isTuple(d) ? d.slice(0, 4) : d);
      expect(distance(below(own), below(other))).toBeLessThan(1e-5);
      expect(distance(own, other)).toBeGreaterThan(1e-2);
    });

    it('draws by its key: the same again, another by another', () => {
      const of = (key: Key.Key) => run(net, kfac({ damping: 0.01, key }), 'fast', {}, batch(0)).direction;
      expect(hosts(of(Key.key(1)))).toEqual(hosts(of(Key.key(1))));
      expect(distance(of(Key.key(1)), of(Key.key(2)))).toBeGreaterThan(1e-3);
      // The key of a batch is the method's too.
      const by = (key?: Key.Key) =>
        hosts(
          right(
            direction(net, softmaxCrossEntropy, kfac({ damping: 0.01 }))(net.init(Key.key(1)), batch(0), key),
          ).direction,
        );
      expect(by(Key.key(4))).toEqual(by(Key.key(4)));
      expect(by(Key.key(4))).not.toEqual(by(Key.key(5)));
    });

    it('works on the squared error, whose targets are normal about the outputs', () => {
      const example = { ...batch(0) };
      const target = net.forward(net.init(Key.key(9)), example.input);
      const of = (interpreter: 'plain' | 'fast') =>
        run(net, kfac({ damping: 0.1 }), interpreter, {}, { ...example, target }, squaredError).direction;
      expect(distance(of('fast'), of('plain'))).toBeLessThan(1e-4);
    });

    it('trains to the same bytes with a stop as without, and leaves nothing behind', async () => {
      const before = liveTensors();
      const optimizer = momentum(0.05, 0.9);
      const parameters = net.init(Key.key(1));
      const options = {
        method: kfac({ damping: 0.1, every: 2 }),
        optimizer,
        train: data,
        batchSize: 16,
        key: Key.key(2),
        checkpointEvery: 1,
      };
      const trained = async (more: object) => {
        let [bytes, first]: [Uint8Array, Uint8Array] = [new Uint8Array(), new Uint8Array()];
        for await (const event of train(net, softmaxCrossEntropy, {
          ...options,
          epochs: 2,
          parameters,
          ...more,
        })) {
          if (event.tag === 'failed') throw new Error(messageOf({ _tag: 'Left', left: event.error }));
          if (event.tag === 'checkpoint') {
            bytes = right(await encodeCheckpoint({ ...event, optimizerState: event.state })());
            if (event.epoch === 1) first = bytes;
          }
          if (event.tag === 'done') dispose(event.parameters);
        }
        return { bytes, first };
      };
      const whole = await trained({});
      const loaded = right(decodeCheckpoint('bytes', whole.first, { parameters, optimizer }));
      const later = await trained({ parameters: loaded.parameters, resume: loaded });
      expect(later.bytes).toEqual(whole.bytes);
      expect(Object.keys(loaded.memory).sort()).toContain('5:outputs:inverse');
      dispose(parameters, loaded.parameters, ...Optimizer.momentsOf(loaded.state), loaded.memory);
      expect(liveTensors()).toBe(before);
    });

    it('lowers the loss where a plain gradient step of that size does not', async () => {
      const end = async (method: Method, rate: number): Promise<number> => {
        const parameters = net.init(Key.key(1));
        let loss = Number.NaN;
        for await (const event of train(net, softmaxCrossEntropy, {
          method,
          optimizer: sgd(rate),
          train: data,
          batchSize: 48,
          epochs: 20,
          key: Key.key(2),
          parameters,
        })) {
          if (event.tag === 'epoch') loss = event.trainLoss;
          if (event.tag === 'done') dispose(event.parameters);
          if (event.tag === 'failed') throw new Error('failed');
        }
        dispose(parameters);
        return loss;
      };
      const [natural, plain] = [await end(kfac({ damping: 0.01 }), 0.3), await end(backprop(), 0.3)];
      expect(natural).toBeLessThan(plain);
    });

    it('says in one line what it cannot do', () => {
      const failed = (f: () => unknown): string => messageOf(attempt(f));
      const withStep = (step: ReturnType<typeof explicit>): Method => ({
        name: 'own',
        energy: {},
        schedule: (links) => stepMonoid.concat(backprop().schedule(links), step),
      });
      expect(failed(() => run(net, kfac({ damping: 0 }), 'fast', {}, batch(0)))).toMatch(
        /factors\.damping: expected a positive finite number, found 0$/,
      );
      expect(failed(() => run(net, kfac({ average: 1 }), 'fast', {}, batch(0)))).toMatch(/factors\.average/);
      expect(failed(() => run(net, foof({ every: 0 }), 'fast', {}, batch(0)))).toMatch(/factors\.every/);
      expect(
        failed(() =>
          run(
            net,
            withStep(explicit({ kind: 'parameters', link: 1 }, 1, { metric: true })),
            'fast',
            {},
            batch(0),
          ),
        ),
      ).toMatch(/metric of θ_1: expected an earlier step `factors`, found none$/);
      expect(
        failed(() => run(net, withStep(explicit(x(1), 1, { metric: true })), 'fast', {}, batch(0))),
      ).toMatch(/metric of x\[1\]: expected a block of parameters, found one of activations$/);
      const { sample: _, ...silent } = softmaxCrossEntropy;
      expect(failed(() => run(net, kfac(), 'fast', {}, batch(0), silent))).toMatch(
        /loss softmaxCrossEntropy: expected `sample`, targets drawn at the outputs, found none$/,
      );
      const others = run(chain(linear(6, 5), linear(5, 3)), foof(), 'fast', {}, batch(0)).memory;
      const smaller = chain(linear(6, 2), linear(2, 3));
      expect(failed(() => run(smaller, foof(), 'fast', others, batch(0)))).toMatch(
        /expected factors \[3, 3\], found \[6, 6\]/,
      );
      expect(factors({ average: 0.9, damping: 1, every: 1 }).tag).toBe('factors');
    });
  });
