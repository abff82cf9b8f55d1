import { beforeAll, describe, expect, it } from 'vitest';
import {
  adam,
  backprop,
  chain,
  cg,
  describe as show,
  dispose,
  type DoneEvent,
  dropout,
  exact,
  type Examples,
  type FailedEvent,
  Key,
  layer,
  linear,
  liveTensors,
  type Method,
  momentum,
  nesterov,
  Optimizer,
  proxprop,
  relu,
  sgd,
  softmaxCrossEntropy,
  squaredError,
  tanh,
  toHost,
  train,
  type TrainEvent,
  type TrainOptions,
  Tree,
  weightDecay,
} from '../../src';
import { A_TENTH, boxes, casesOf, started } from '../support';

const net = chain(linear(6, 8), relu(8), linear(8, 5), tanh(5), linear(5, 3));
type P = ReturnType<typeof net.init>;

const data = boxes(1, 64, 6, 3);

const options = (parameters: P, change: Partial<TrainOptions<P>> = {}): TrainOptions<P> => ({
  parameters,
  method: backprop(),
  optimizer: sgd(0.1),
  train: data,
  test: data,
  epochs: 1,
  batchSize: 16,
  key: Key.key(3),
  ...change,
});

const collect = async (stream: AsyncGenerator<TrainEvent<P>, void>): Promise<TrainEvent<P>[]> => {
  const events: TrainEvent<P>[] = [];
  for await (const event of stream) events.push(event);
  return events;
};

const last = (events: readonly TrainEvent<P>[]): DoneEvent<P> | FailedEvent<P> => {
  const event = events.at(-1);
  if (event?.tag === 'done' || event?.tag === 'failed') return event;
  throw new Error('the last event is neither done nor failed');
};

/** Train, free everything, and give the one line of the failure. */
const failure = async (change: Partial<TrainOptions<P>>): Promise<string> => {
  const parameters = net.init(Key.key(1));
  const event = last(await collect(train(net, softmaxCrossEntropy, options(parameters, change))));
  dispose(parameters, event.parameters);
  return event.tag === 'failed' ? show(event.error) : 'no error';
};

const methods: readonly Method[] = [
  backprop(),
  proxprop({ tauTheta: 0.1, solver: exact() }),
  {
    ...proxprop({ tauTheta: 0.1, solver: exact({ precision: 'float32' }) }),
    name: 'proxprop exact, float32',
  },
  proxprop({ tauTheta: 0.1, solver: cg(3, { precision: 'float32' }) }),
];

const optimizers: readonly Optimizer.Optimizer[] = [
  sgd(0.05),
  momentum(0.02),
  nesterov(0.02),
  adam(1e-3),
  Optimizer.chain(weightDecay(1e-3), adam(Optimizer.cosine(1e-3, 1000))),
];

describe('train', () => {
  beforeAll(() => started('wasm'));

  describe('hundreds of steps leave no tensor behind', () => {
    const epochs = casesOf(250, A_TENTH);
    for (const method of methods)
      for (const optimizer of optimizers)
        it(`${method.name} × ${optimizer.name}`, async () => {
          const parameters = net.init(Key.key(1));
          const before = liveTensors();
          let steps = 0;
          let first = Number.NaN;
          let final = Number.NaN;
          for await (const event of train(
            net,
            softmaxCrossEntropy,
            options(parameters, { method, optimizer, epochs }),
          )) {
            if (event.tag === 'batch') steps++;
            if (event.tag === 'epoch' && event.epoch === 0) first = event.trainLoss;
            if (event.tag === 'epoch') final = event.trainLoss;
            if (event.tag === 'done') {
              expect(liveTensors()).toBe(before + Tree.leaves(event.parameters).length);
              dispose(event.parameters);
            }
          }
          expect(steps).toBe(4 * epochs);
          expect(liveTensors()).toBe(before);
          expect(final).toBeLessThan(first);
          dispose(parameters);
        });
  });

  it('is a function of the seed', async () => {
    const parameters = net.init(Key.key(1));
    const run = async (seed: number): Promise<Float64Array[]> => {
      const { parameters: trained } = last(
        await collect(
          train(net, softmaxCrossEntropy, options(parameters, { key: Key.key(seed), epochs: 2 })),
        ),
      );
      const values = Tree.leaves(trained).map(toHost);
      dispose(trained);
      return values;
    };
    expect(await run(7)).toEqual(await run(7));
    expect(await run(7)).not.toEqual(await run(8));
    dispose(parameters);
  });

  it('leaves the parameters that it was given, and orders its events', async () => {
    const parameters = net.init(Key.key(1));
    const before = Tree.leaves(parameters).map(toHost);
    const events = await collect(train(net, softmaxCrossEntropy, options(parameters, { epochs: 2 })));
    expect(events.map((e) => (e.tag === 'epoch' ? `epoch ${e.epoch}` : e.tag))).toEqual([
      'epoch 0',
      ...['batch', 'batch', 'batch', 'batch', 'epoch 1'],
      ...['batch', 'batch', 'batch', 'batch', 'epoch 2'],
      'done',
    ]);
    expect(Tree.leaves(parameters).map(toHost)).toEqual(before);
    dispose(parameters, last(events).parameters);
  });

  it('draws dropout anew for each batch, by the key alone, and evaluates without', async () => {
    const before = liveTensors();
    const seen = new Set<string>();
    // Its training layer tells which key it was drawn by.
    const spy = layer<Tree.NoParameters, readonly [8], readonly [8]>({
      ...dropout(8, 0.5),
      init: () => ({}),
      forward: (_, x) => x.clone(),
      training: (key) => {
        seen.add(JSON.stringify(key));
        return dropout(8, 0.5).training?.(key) ?? dropout(8, 0.5);
      },
    });
    const dropping = chain(linear(6, 8), relu(8), spy, linear(8, 3));
    const parameters = dropping.init(Key.key(1));
    const run = async (seed: number) => {
      const losses: number[] = [];
      const more = { parameters, method: backprop(), optimizer: sgd(0.1), train: data, test: data };
      const stream = train(dropping, softmaxCrossEntropy, {
        ...more,
        epochs: 2,
        batchSize: 16,
        key: Key.key(seed),
      });
      for await (const event of stream) {
        if (event.tag === 'batch') losses.push(event.loss);
        if (event.tag === 'epoch') losses.push(event.trainLoss);
        if (event.tag === 'done' || event.tag === 'failed') dispose(event.parameters);
      }
      return losses;
    };
    const first = await run(1);
    // Two epochs of four batches.
    expect(seen.size).toBe(8);
    expect(await run(1)).toEqual(first);
    expect(seen.size).toBe(8);
    const other = await run(2);
    expect(seen.size).toBe(16);
    // Evaluation before the first step draws nothing: the same for every key.
    expect(other[0]).toBe(first[0]);
    expect(other[1]).not.toBe(first[1]);
    dispose(parameters);
    expect(liveTensors()).toBe(before);
  });

  it('frees everything when the reader stops early', async () => {
    const parameters = net.init(Key.key(1));
    const before = liveTensors();
    for await (const event of train(net, softmaxCrossEntropy, options(parameters, { optimizer: adam() })))
      if (event.tag === 'batch' && event.batch === 2) break;
    expect(liveTensors()).toBe(before);
    dispose(parameters);
  });

  describe('failures are one line, with the last good parameters', () => {
    it('a loss that is not finite names epoch, step and layer', async () => {
      const parameters = net.init(Key.key(1));
      const event = last(
        await collect(
          train(net, softmaxCrossEntropy, options(parameters, { optimizer: sgd(1e30), epochs: 5 })),
        ),
      );
      expect(event.tag === 'failed' ? show(event.error) : '').toMatch(
        /^loss error at epoch 1, step 2: expected a finite loss, found (NaN|Infinity); the (output|parameters) of layer \d \((linear|relu|tanh)\) is not finite$/,
      );
      for (const leaf of Tree.leaves(event.parameters))
        expect(toHost(leaf).every((v) => Number.isFinite(v))).toBe(true);
      dispose(parameters, event.parameters);
    });

    const withNaN: Examples = {
      ...data,
      inputs: data.inputs.map((v, i) => (i === 13 ? Number.NaN : v)),
    };
    const cases: readonly (readonly [string, Partial<TrainOptions<P>>, string])[] = [
      [
        'epochs',
        { epochs: 1.5 },
        'options error at epochs: expected a whole number of at least 0, found 1.5',
      ],
      [
        'batch size',
        { batchSize: 0 },
        'options error at batch size: expected a whole number of at least 1, found 0',
      ],
      [
        'NaN in data',
        { train: withNaN },
        'data error at train.inputs[2]: expected finite numbers, found NaN',
      ],
      [
        'no data',
        { test: { ...data, count: 0 } },
        'data error at test: expected at least one example, found 0',
      ],
      [
        'labels',
        { train: { ...data, targets: data.targets.map((v, i) => (i === 5 ? 3 : v)) } },
        'data error at train.targets[5]: expected a class in 0 … 2, found 3',
      ],
      [
        'short data',
        { train: { ...data, inputs: data.inputs.subarray(1) } },
        'data error at train.inputs: expected 384 values, found 383',
      ],
      [
        'wrong shape',
        { train: { ...data, shape: [3, 2] } },
        'shape error at train: expected examples [6], found examples [3, 2]',
      ],
      [
        'negative τ',
        { method: backprop({ tau: -1 }) },
        'options error at backprop.tau: expected a positive finite number, found -1',
      ],
      [
        'negative τ_θ',
        { method: proxprop({ tauTheta: -1 }) },
        'options error at proxprop.tauTheta: expected a positive number, found -1',
      ],
      [
        'zero CG iterations',
        { method: proxprop({ solver: cg(0) }) },
        'options error at epoch 1, step 1, link 3 (linear), θ_3, cg.iterations: expected a whole number of at least 1, found 0',
      ],
      [
        'learning rate',
        { optimizer: sgd(0) },
        'options error at learning rate: expected a positive finite number, found 0',
      ],
      [
        'momentum',
        { optimizer: nesterov(0.1, 1) },
        'options error at momentum: expected a number in [0, 1), found 1',
      ],
      [
        'beta',
        { optimizer: adam(0.1, { beta2: 1.5 }) },
        'options error at beta2: expected a number in [0, 1), found 1.5',
      ],
    ];
    for (const [name, change, line] of cases)
      it(name, async () => {
        const before = liveTensors();
        expect(await failure(change)).toBe(line);
        expect(liveTensors()).toBe(before);
      });
  });

  it('trains a regression, whose accuracy is null', async () => {
    const small = chain(linear(6, 4), tanh(4), linear(4, 2));
    const parameters = small.init(Key.key(2));
    const targets: Examples = {
      ...data,
      targets: Float32Array.from({ length: 128 }, (_, i) => Math.sin(i)),
      targetShape: [2],
    };
    const losses: number[] = [];
    for await (const event of train(small, squaredError, {
      ...{ parameters, method: proxprop({ tauTheta: 0.1 }), optimizer: sgd(0.2) },
      ...{ train: targets, test: targets, epochs: 20, batchSize: 16, key: Key.key(1) },
    })) {
      if (event.tag === 'epoch') {
        losses.push(event.trainLoss);
        expect(event.testAccuracy).toBeNull();
      }
      if (event.tag === 'done') dispose(event.parameters);
    }
    expect(losses.at(-1)).toBeLessThan(losses[0] ?? 0);
    dispose(parameters);
  });
});
