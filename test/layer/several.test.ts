/** Networks of several inputs and outputs, as a user meets them: packing, mistakes, training, files, routes. */
import { type Tensor, tensor, tensor1d, tensor2d, zeros } from '@tensorflow/tfjs-core';
import { pipe } from 'fp-ts/function';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  add,
  adam,
  admm,
  affineWithNonlinearity,
  type AnyLayer,
  attempt,
  backprop,
  type Batch,
  type Batches,
  bind,
  blockCoordinateDescent,
  cg,
  chain,
  concat,
  conv2d,
  decodeCheckpoint,
  direction,
  dispose,
  dropout,
  embedding,
  encodeCheckpoint,
  energyOf,
  evaluate,
  type Examples,
  features,
  type Features,
  flatten,
  type Graph,
  graph,
  type GraphParameters,
  Key,
  linear,
  liveTensors,
  mac,
  meet,
  type Method,
  multiply,
  nesterov,
  onOutputs,
  output,
  outputs,
  predictiveCoding,
  proxprop,
  relu,
  residual,
  routes,
  scope,
  type Shapes,
  share,
  softmaxCrossEntropy,
  squaredError,
  tanh,
  toHost,
  toNumber,
  train,
  type Tree,
  type Wires,
} from '../../src';
import { values } from '../../laws';
import { messageOf, right, started } from '../support';

beforeAll(async () => {
  await started('wasm');
});

/** The lines of what is refused. */
const refused = (make: () => unknown): string => scope(() => messageOf(attempt<unknown>(make)));

const image: readonly [6, 6, 1] = [6, 6, 1];
const inputs = features({ image, age: [1], words: [4] });

/** Parts whose names and shapes the compiler does not know. */
const loose: Features<Shapes> = features<Shapes>({ image, age: [1] });

describe('features', () => {
  it('lie one behind the other, in the order of their names', () => {
    scope(() => {
      const small = features({ b: [2, 1], a: [1], c: [] });
      const parts = {
        b: tensor([1, 2, 3, 4], [2, 2, 1]),
        a: tensor2d([[5], [6]]),
        c: tensor1d([7, 8], 'int32'),
      };
      const packed = small.pack(parts);
      expect(small.shape).toEqual([4]);
      expect([packed.shape, [...toHost(packed)], packed.dtype]).toEqual([
        [2, 4],
        [1, 2, 5, 7, 3, 4, 6, 8],
        'float32',
      ]);
      const apart = small.unpack(packed);
      expect(Object.keys(apart)).toEqual(['b', 'a', 'c']);
      expect([apart.b.shape, apart.a.shape, apart.c.shape]).toEqual([[2, 2, 1], [2, 1], [2]]);
      expect([...toHost(apart.a)]).toEqual([5, 6]);
      expect([...toHost(small.take('c', packed))]).toEqual([7, 8]);
      expect([
        ...small.packHost(2, { b: [1, 2, 3, 4], a: Float32Array.of(5, 6), c: Int32Array.of(7, 8) }),
      ]).toEqual([...toHost(packed)]);
    });
  });

  it('leave no tensor behind but those that they give', () => {
    const parts = { a: zeros([2, 3]), b: zeros([2], 'int32') };
    const before = liveTensors();
    const packing = features({ a: [3], b: [] });
    const packed = packing.pack(parts);
    expect(liveTensors()).toBe(before + 1);
    const apart = packing.unpack(packed);
    expect(liveTensors()).toBe(before + 3);
    dispose(packed, apart, parts);
  });

  it('keep tokens exactly up to 2^24', () => {
    scope(() => {
      const most = 2 ** 24;
      const tokens = features({ words: [2], other: [1] });
      const packed = tokens.pack({ words: tensor2d([[most, -most]], [1, 2], 'int32'), other: zeros([1, 1]) });
      expect([...toHost(tokens.take('words', packed))]).toEqual([most, -most]);
    });
  });

  const part = (shape: readonly number[]): Tensor => zeros([...shape]);
  it.each<readonly [string, () => unknown, string]>([
    [
      'a part that is missing',
      () => loose.pack({ image: part([2, 6, 6, 1]) }),
      "shape error at features: expected the parts image, age, found no part 'age'",
    ],
    [
      'a part that there is not',
      () => loose.pack({ image: part([2, 6, 6, 1]), age: part([2, 1]), size: part([2, 1]) }),
      "shape error at features: expected the parts image, age, found a part 'size'",
    ],
    [
      'a part of another shape',
      () => loose.pack({ image: part([2, 36]), age: part([2, 1]) }),
      'shape error at features.image: expected a batch [N, 6, 6, 1], found a tensor [2, 36]',
    ],
    [
      'parts of other numbers of examples',
      () => loose.pack({ image: part([2, 6, 6, 1]), age: part([3, 1]) }),
      'shape error at features.age: expected 2 examples, as of image, found 3',
    ],
    [
      'a token that float32 does not hold',
      () => features({ words: [2] }).pack({ words: tensor2d([[1, 2 ** 24 + 1]], [1, 2], 'int32') }),
      'data error at features.words[1]: expected a whole number of at most 2^24, which float32 holds, found 16777217',
    ],
    [
      'the same on the host',
      () => features({ words: [2] }).packHost(1, { words: Int32Array.of(1, 2 ** 24 + 1) }),
      'data error at features.words[1]: expected a whole number of at most 2^24, which float32 holds, found 16777217',
    ],
    [
      'text',
      () => features({ words: [1] }).pack({ words: tensor(['a'], [1, 1], 'string') }),
      'data error at features.words: expected numbers, found a tensor of string',
    ],
    [
      'an array of another length',
      () => loose.packHost(2, { image: new Float32Array(72), age: [1] }),
      'shape error at features.age: expected 2 values, 1 for each of 2, found 1',
    ],
    [
      'another batch to take apart',
      () => loose.unpack(part([2, 36])),
      'shape error at features: expected a batch [N, 37], found a tensor [2, 36]',
    ],
    [
      'a part to take that there is not',
      () => loose.take('size', part([2, 37])),
      "shape error at features: expected the parts image, age, found a part 'size'",
    ],
    ['no part', () => features({}), 'shape error at features: expected at least one named shape, found none'],
    [
      'a part of no size',
      () => features({ a: [0] }),
      'shape error at features.a: expected dimensions that are whole numbers of at least 1, found [0]',
    ],
    [
      'a name that JavaScript would put first',
      () => features({ b: [1], 1: [1] }),
      "shape error at features: expected names that are no whole numbers, found '1'",
    ],
  ])('refuse %s', (_, make, line) => {
    expect(refused(make)).toBe(line);
  });
});

const layer = (l: AnyLayer): AnyLayer => l;
/** A graph whose shapes the compiler does not know, so that mistakes are left to run time. */
const begun: Graph<Wires, GraphParameters> = graph<Shapes>({ a: [6], b: [2] });
const sum = bind('s', layer(linear(6, 2)), 'a')(begun);
const met = meet('m', add<readonly number[]>([2]), 's', 'b')(sum);

describe('a wiring of named inputs and outputs is refused', () => {
  it.each<readonly [string, () => unknown, string]>([
    [
      'with the wire of a graph of one input',
      () => bind('h', layer(relu(8)), 'input')(begun),
      "shape error at graph.h (relu): expected a wire that is there, found 'input'",
    ],
    [
      'with an input of another shape',
      () => bind('h', layer(relu(6)), 'b')(begun),
      "shape error at graph.h (relu): expected the input [6], found [2] of the wire 'b'",
    ],
    [
      'with the name of an input',
      () => bind('b', layer(relu(6)), 'a')(begun),
      "shape error at graph.b (relu): expected a name of its own, found a second wire 'b'",
    ],
    [
      'with an input that nothing reads',
      () => output('s')(sum),
      'shape error at graph.b: expected a wire that the output depends on, found one that nothing reads',
    ],
    [
      'with the name of an input as a layer',
      () => share('t', 'a', 's')(sum),
      "shape error at graph.t: expected the name of a layer that is bound already, found 'a'",
    ],
    [
      'with an output that is not there',
      () => outputs('s', 'x')(met),
      "shape error at graph.outputs: expected a wire that is there, found 'x'",
    ],
    [
      'with an output twice',
      () => outputs<readonly [string, ...string[]]>('m', 'm')(met),
      "shape error at graph.outputs: expected each wire once, found 'm' twice",
    ],
    [
      'with a wire beside the outputs',
      () => outputs('s', 'b')(met),
      'shape error at graph.m: expected a wire that the output depends on, found one that nothing reads',
    ],
    [
      'without inputs',
      () => graph({}),
      'shape error at graph: expected at least one named shape, found none',
    ],
  ])('%s', (_, make, line) => {
    expect(refused(make)).toBe(line);
  });
});

const CLASSES = 3;
const net = pipe(
  graph(inputs),
  bind('seen', chain(conv2d(image, 2, 3), relu([4, 4, 2]), flatten([4, 4, 2]), linear(32, 6)), 'image'),
  bind('read', chain(embedding(4, 10, 2), flatten([4, 2])), 'words'),
  meet('all', concat([6], [1], [8]), 'seen', 'age', 'read'),
  bind('h', residual(chain(linear(15, 15), tanh(15), dropout(15, 0.1))), 'all'),
  bind('kind', linear(15, CLASSES), 'h'),
  bind('size', linear(15, 2), 'h'),
  outputs('kind', 'size'),
);
const both = onOutputs(net.outputs, { kind: softmaxCrossEntropy, size: squaredError }, { size: 0.5 });
const COUNT = 24;

/** Random numbers on the host, in [0, 1). */
const drawn = (seed: number, n: number): Float32Array =>
  Float32Array.from(Key.bits(Key.key(seed), n), (word) => word / 2 ** 32);

const kinds = Int32Array.from({ length: COUNT }, (_, i) => i % CLASSES);
/** Images that are brighter, and words that are others, by their kind. */
const given = {
  image: drawn(1, COUNT * 36).map((v, i) => v + (kinds[Math.floor(i / 36)] ?? 0)),
  age: drawn(2, COUNT),
  words: Int32Array.from(
    { length: COUNT * 4 },
    (_, i) => ((kinds[Math.floor(i / 4)] ?? 0) * 3 + (i % 3)) % 10,
  ),
};
const wanted = { kind: kinds, size: drawn(3, COUNT * 2) };
const examples: Examples = {
  shape: inputs.shape,
  inputs: inputs.packHost(COUNT, given),
  targets: both.targets.packHost(COUNT, wanted),
  targetShape: both.targets.shape,
  count: COUNT,
};
const batch = (): Batches<(typeof inputs)['shapes']> => ({
  image: tensor(given.image, [COUNT, 6, 6, 1]),
  age: tensor(given.age, [COUNT, 1]),
  words: tensor(given.words, [COUNT, 4], 'int32'),
});

const methods: readonly Method[] = [
  backprop(),
  proxprop(),
  proxprop({ solver: cg(3) }),
  mac(),
  admm(),
  blockCoordinateDescent(),
  predictiveCoding(),
];

describe('a network of three inputs and two outputs', () => {
  it('gives, of packed inputs, what its layers give of the parts', () => {
    scope(() => {
      const parts = batch();
      const p = net.init(Key.key(1));
      const seen = chain(conv2d(image, 2, 3), relu([4, 4, 2]), flatten([4, 4, 2]), linear(32, 6));
      const read = chain(embedding(4, 10, 2), flatten([4, 2]));
      const h = residual(chain(linear(15, 15), tanh(15)));
      const all = concat([6], [1], [8]).forward([
        seen.forward(p.seen, parts.image),
        parts.age,
        read.forward(p.read, parts.words),
      ]);
      const hidden = h.forward([p.h[0], p.h[1]], all);
      const found = net.outputs.unpack(net.forward(p, inputs.pack(parts)));
      // The same kernels on the same numbers.
      expect(values(found.kind)).toEqual(values(linear(15, CLASSES).forward(p.kind, hidden)));
      expect(values(found.size)).toEqual(values(linear(15, 2).forward(p.size, hidden)));
    });
  });

  it('has no variable behind an input, and links that are named by wires', () => {
    const { links } = energyOf(net, both);
    expect(links.map(({ name, reads }) => [name, ...reads].join(' '))).toEqual([
      'seen.0 0',
      'seen.1 1',
      'seen.2 2',
      'seen.3 3',
      'read.0 0',
      'read.1 5',
      'all 0 4 6',
      'h.0 7',
      'h.1 8',
      'h.2 9',
      'h 7 10',
      'kind 11',
      'size 11',
      'outputs 12 13',
    ]);
    const grouped = energyOf(net, both, { grouping: affineWithNonlinearity }).links;
    expect(grouped.map(({ name }) => name)).not.toContain('image');
  });

  it('is moved by every method, each link by its own route', () => {
    for (const method of methods) {
      const before = liveTensors();
      scope(() => {
        const p = net.init(Key.key(1));
        const target = both.targets.pack({
          kind: tensor1d(kinds, 'int32'),
          size: tensor(wanted.size, [COUNT, 2]),
        });
        const rows = right(routes(net, both, method)(p, { input: inputs.pack(batch()), target }));
        expect(rows.filter(({ step }) => step === 'none')).toEqual([]);
        if (method.name === 'proxprop exact')
          expect(
            rows.flatMap(({ name, solve }) => (solve === undefined ? [] : [[name, solve.converged]])),
          ).toEqual(['seen.0', 'seen.3', 'read.0', 'h.0', 'kind', 'size'].map((name) => [name, true]));
      });
      expect(liveTensors()).toBe(before);
    }
  });

  it('is trained, by backprop and by ProxProp, and evaluated', async () => {
    for (const method of [backprop(), proxprop()]) {
      const before = liveTensors();
      const parameters = net.init(Key.key(1));
      const losses: number[] = [];
      for await (const event of train(net, both, {
        parameters,
        method,
        optimizer: nesterov(method.name === 'backprop' ? 0.05 : 0.5, 0.9),
        train: examples,
        test: examples,
        epochs: 15,
        batchSize: 8,
        key: Key.key(2),
      })) {
        if (event.tag === 'epoch') losses.push(event.trainLoss);
        if (event.tag === 'done') {
          const found = right(await evaluate(net, both, event.parameters, examples)());
          expect(found).toEqual({ loss: losses.at(-1), accuracy: null });
          dispose(event.parameters);
        }
        expect(event.tag).not.toBe('failed');
      }
      dispose(parameters);
      expect(losses.at(-1)).toBeLessThan(0.5 * (losses[0] ?? 0));
      expect(liveTensors()).toBe(before);
    }
  });

  it('goes on from a checkpoint to the same bits', async () => {
    const options = {
      method: proxprop(),
      optimizer: adam(0.01),
      train: examples,
      test: examples,
      epochs: 4,
      batchSize: 8,
      key: Key.key(2),
    };
    const bits = (parameters: Tree.Tree): string => JSON.stringify([...values(parameters)]);
    const parameters = net.init(Key.key(1));
    let kept = new Uint8Array();
    let whole = '';
    for await (const event of train(net, both, { ...options, parameters, checkpointEvery: 2 })) {
      if (event.tag === 'checkpoint' && event.epoch === 2)
        kept = Uint8Array.from(right(await encodeCheckpoint({ ...event, optimizerState: event.state })()));
      if (event.tag === 'done') whole = bits(event.parameters);
    }
    const { parameters: from, ...resume } = right(
      decodeCheckpoint('kept', kept, { parameters, optimizer: adam(0.01) }),
    );
    let later = '';
    for await (const event of train(net, both, { ...options, parameters: from, resume }))
      if (event.tag === 'done') later = bits(event.parameters);
    expect(whole.length).toBeGreaterThan(100);
    expect(later).toBe(whole);
  });

  it('says which token the table does not have', () => {
    const wrong = { ...batch(), words: tensor2d(Array.from({ length: COUNT }, () => [1, 2, 3, 10])) };
    expect(refused(() => net.forward(net.init(Key.key(1)), inputs.pack(wrong)))).toBe(
      'data error at layer read.0 (embedding), embedding.input[3]: expected a whole number in 0 … 9, found 10',
    );
  });
});

describe('one named input', () => {
  const one = (first: readonly number[] | Shapes): AnyLayer => {
    const g: Graph<Wires, GraphParameters> = graph<readonly number[] | Shapes>(first);
    const up = bind('b', layer(linear(6, 5)), 'input')(bind('a', layer(linear(6, 5)), 'input')(g));
    return output('out')(
      bind('out', layer(linear(5, 3)), 'm')(meet('m', multiply<readonly number[]>([5]), 'a', 'b')(up)),
    );
  };
  it.each(methods.map((method) => [method.name, method] as const))(
    'is the input, bit for bit, by %s',
    (_, method) => {
      scope(() => {
        const example = {
          input: Key.uniform(Key.key(4), [8, 6], -1, 1),
          target: tensor1d([0, 1, 2, 0, 1, 2, 0, 1], 'int32'),
        };
        const [plain, named] = [one([6]), one({ input: [6] })].map((n) => {
          const found = right(direction(n, softmaxCrossEntropy, method)(n.init(Key.key(3)), example));
          return [...values(found.direction)];
        });
        expect(named).toEqual(plain);
        expect(plain?.some((v) => v !== 0)).toBe(true);
      });
    },
  );
});

describe('a loss on one of two outputs', () => {
  const only = onOutputs(net.outputs, { kind: softmaxCrossEntropy });
  it('does not move the layers of the other', () => {
    scope(() => {
      const p = net.init(Key.key(1));
      // Classes as the loss alone has them, and packed.
      const classes = tensor1d(kinds, 'int32');
      const [bare, packed] = [classes, only.targets.pack({ kind: classes })].map((target) =>
        right(direction(net, only, backprop())(p, { input: inputs.pack(batch()), target })),
      );
      expect(Math.hypot(...values(packed?.direction.size ?? []))).toBe(0);
      expect(Math.hypot(...values(packed?.direction.kind ?? []))).toBeGreaterThan(0);
      expect(values(bare?.direction ?? [])).toEqual(values(packed?.direction ?? []));
    });
  });

  const y = (): Batch<readonly [5]> => zeros([2, 5]);
  it('is that loss of its part', () => {
    scope(() => {
      expect(only.targets.shape).toEqual([1]);
      expect(toNumber(only.value(y(), tensor1d([0, 2], 'int32')))).toBeCloseTo(Math.log(3), 6);
      expect(toNumber(only.value(y(), tensor2d([[0], [2]])))).toBeCloseTo(Math.log(3), 6);
    });
  });

  const losses = (of: Readonly<Record<string, typeof squaredError | typeof softmaxCrossEntropy>>, by = {}) =>
    onOutputs<Shapes, typeof of>(net.outputs, of, by);
  it.each<readonly [string, () => unknown, string]>([
    [
      'a name that is no output',
      () => losses({ kid: softmaxCrossEntropy }),
      "shape error at onOutputs.losses: expected names among kind, size, found 'kid', which is no output",
    ],
    [
      'no loss',
      () => losses({}),
      'options error at onOutputs.losses: expected a loss on one of kind, size, found none',
    ],
    [
      'a weight of no loss',
      () => losses({ kind: softmaxCrossEntropy }, { size: 2 }),
      'options error at onOutputs.weights.size: expected a weight of a loss, found one of an output without a loss',
    ],
    [
      'a weight of 0',
      () => losses({ kind: softmaxCrossEntropy }, { kind: 0 }),
      'options error at onOutputs.weights.kind: expected a positive finite number, found 0',
    ],
    [
      'a class that there is not',
      () => both.value(y(), tensor2d([[0, 1, 1], [3, 1, 1]])), // prettier-ignore
      'data error at output kind, softmaxCrossEntropy.target[1]: expected a class in 0 … 2, found 3',
    ],
    [
      'a class that is no whole number',
      () => both.value(y(), tensor2d([[0, 1, 1], [1.5, 1, 1]])), // prettier-ignore
      'data error at output kind, target[1]: expected a class, a whole number, found 1.5',
    ],
    [
      'targets of another size',
      () => both.value(y(), zeros([2, 4])),
      'shape error at output kind, targets: expected a batch [N, 3], found a tensor [2, 4]',
    ],
    [
      'outputs of another size',
      () => both.value(zeros([2, 4]), zeros([2, 3])),
      'shape error at output kind, outputs: expected a batch [N, 5], found a tensor [2, 4]',
    ],
  ])('refuses %s', (_, make, line) => {
    expect(refused(make)).toBe(line);
  });

  it('is a square where all are, with one weight', () => {
    const values = features({ a: [2], b: [1] });
    const square = onOutputs(values, { a: squaredError, b: squaredError }, { a: 3, b: 3 });
    expect(square.quadraticWeight?.(4)).toBe(0.75);
    expect(onOutputs(values, { a: squaredError, b: squaredError }, { b: 3 }).quadraticWeight).toBeUndefined();
    expect(onOutputs(values, { a: squaredError }).quadraticWeight).toBeUndefined();
    expect(both.quadraticWeight).toBeUndefined();
    expect([both.name, both.classifies]).toEqual([
      'softmaxCrossEntropy(kind) + 0.5·squaredError(size)',
      false,
    ]);
  });
});
