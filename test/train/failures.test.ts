/** What user code throws in a training: a failed event that says where, with what was thrown, and nothing left behind. */
import { mul, scalar, sum, tanh as tanhOf, tensor, zeros } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  adam,
  backprop,
  chain,
  descend,
  describe as show,
  dispose,
  error,
  Key,
  layer,
  linear,
  liveTensors,
  type Loss,
  mac,
  type Optimizer,
  type ProxpropError,
  sgd,
  softmaxCrossEntropy,
  trace,
  train,
  type TrainEvent,
  Tree,
} from '../../src';
import { boxes, started } from '../support';

const data = boxes(1, 10, 4, 3);

/** A generator throws whatever it is told to, also what is no error. */
function* nothing(): Generator<never, void> {
  // It gives nothing.
}

/** tanh, which throws when it is called for the n-th time. */
const boom = (calls: number, thrown: unknown) => {
  let n = 0;
  return layer<Tree.NoParameters, readonly [3], readonly [3]>({
    name: 'boom',
    input: [3],
    output: [3],
    init: () => ({}),
    forward: (_, x) => {
      n++;
      if (n >= calls) nothing().throw(thrown);
      return tanhOf(x);
    },
  });
};

const plain = chain(linear(4, 3));
const common = { method: backprop(), train: data, test: data, epochs: 2, batchSize: 5, key: Key.key(2) };

/** The failure of a stream, which hands back finite parameters and leaves nothing behind. */
const failureOf = async <P extends Tree.Tree>(
  stream: AsyncGenerator<TrainEvent<P>, void>,
): Promise<ProxpropError | undefined> => {
  const before = liveTensors();
  let found: ProxpropError | undefined;
  for await (const event of stream) {
    if (event.tag === 'failed') found = event.error;
    if (event.tag !== 'done' && event.tag !== 'failed') continue;
    for (const leaf of Tree.leaves(event.parameters))
      expect(leaf.dataSync().every((v) => Number.isFinite(v))).toBe(true);
    dispose(event.parameters);
  }
  expect(liveTensors()).toBe(before);
  return found;
};

const trained = async (optimizer: Optimizer.Optimizer, loss: Loss = softmaxCrossEntropy): Promise<string> => {
  const parameters = plain.init(Key.key(1));
  const found = await failureOf(train(plain, loss, { ...common, parameters, optimizer }));
  dispose(parameters);
  return found === undefined ? 'no failure' : show(found);
};

const mine = (update: Optimizer.TreeTransform['update']): Optimizer.Optimizer => ({
  name: 'mine',
  transforms: [{ name: 'mine', init: () => ({ step: 0, moments: [] }), update }],
});

describe('what user code throws', () => {
  beforeAll(() => started('wasm'));

  const kinds: readonly (readonly [unknown, string])[] = [
    [new Error('kaputt'), 'kaputt'],
    ['kaputt', 'the thrown text "kaputt"'],
    [undefined, 'undefined, which was thrown'],
    [null, 'null, which was thrown'],
    [{ a: 1 }, 'a thrown object {"a":1}'],
  ];
  for (const [thrown, found] of kinds)
    it(`in a layer: ${found}`, async () => {
      // Two evaluations of epoch 0, then a step.
      const net = chain(linear(4, 3), boom(4, thrown));
      const parameters = net.init(Key.key(1));
      const e = await failureOf(
        train(net, softmaxCrossEntropy, { ...common, parameters, optimizer: sgd(0.1) }),
      );
      expect(e === undefined ? '' : show(e)).toBe(
        'layer error at epoch 1, step 2, link 2 (boom), layer 1 (boom), boom.forward: ' +
          `expected a function that runs on its inputs, found ${found}`,
      );
      expect(e).toHaveProperty('cause', thrown);
      const other = chain(linear(4, 3), boom(1, thrown));
      const descended = await failureOf(
        descend(other, softmaxCrossEntropy, {
          parameters,
          method: mac(),
          train: data,
          test: data,
          sweeps: 2,
        }),
      );
      expect(descended?.path).toBe('sweep 0, evaluation of train, layer 1 (boom), boom.forward');
      dispose(parameters);
    });

  it('in an optimizer, a learning rate, a loss', async () => {
    const thrower = (): never => {
      throw new Error('no luck');
    };
    const runs = 'expected a function that runs on its inputs, found no luck';
    expect(await trained(mine(thrower))).toBe(
      `optimizer error at epoch 1, step 1, optimizer.0 (mine): ${runs}`,
    );
    expect(await trained(sgd((step) => (step > 1 ? thrower() : 0.1)))).toBe(
      `optimizer error at epoch 2, step 1, optimizer.0 (scale): ${runs}`,
    );
    expect(await trained(sgd((step) => (step > 1 ? Number.NaN : 0.1)))).toBe(
      'options error at epoch 2, step 1, learning rate at update 2: expected a finite number of at least 0, found NaN',
    );
    expect(await trained(sgd(0.1), { name: 'mine', classifies: true, value: thrower })).toBe(
      `loss error at epoch 0, evaluation of train, loss mine: ${runs}`,
    );
  });

  it('an update that would be broadcast', async () => {
    const flat = mine((direction, slot) => ({ direction: Tree.map(() => scalar(1))(direction), slot }));
    expect(await trained(flat)).toBe(
      'shape error at epoch 1, step 1, optimizer.0 (mine).direction.0.weights: expected a tensor [3, 4], found a tensor []',
    );
  });

  it('a gradient whose square overflows', async () => {
    const steep: Loss = { name: 'steep', classifies: true, value: (output) => mul(sum(output), 1e25) };
    expect(await trained(adam(), steep)).toMatch(/^loss error at epoch 1, step 2: expected a finite loss/);
  });

  it('what a reader throws is the reader’s, and frees everything', async () => {
    const parameters = plain.init(Key.key(1));
    const before = liveTensors();
    const stream = train(plain, softmaxCrossEntropy, { ...common, parameters, optimizer: adam() });
    await stream.next();
    await stream.next();
    await expect(stream.throw(new Error('mine'))).rejects.toThrow('mine');
    expect(liveTensors()).toBe(before);
    dispose(parameters);
  });
});

describe('parameters of another form', () => {
  beforeAll(() => started('wasm'));
  const weights = () => zeros([3, 4]);
  const cases: readonly (readonly [() => Tree.Tree, string])[] = [
    [
      () => [{ weights: weights(), bias: zeros([1]) }],
      'shape error at parameters.0.bias: expected a tensor [3], found a tensor [1]',
    ],
    [
      () => [{ weights: weights(), bias: zeros([3], 'int32') }],
      'shape error at parameters.0.bias: expected a tensor [3], found an int32 tensor [3]',
    ],
    [() => [{ weights: weights() }], 'shape error at parameters.0.bias: expected a tensor [3], found none'],
    [
      () => [{ weights: weights(), bias: zeros([3]), other: zeros([2]) }],
      'shape error at parameters.0.other: expected no tensor, found a tensor [2]',
    ],
    [
      () => [{ weights: weights(), bias: tensor([0, Number.NaN, 0]) }],
      'data error at layer 0 (linear), parameters.0.bias: expected finite numbers, found NaN at 1 of 3',
    ],
  ];
  for (const [make, line] of cases)
    it(line, async () => {
      // As from a program without types.
      const parameters = make() as ReturnType<typeof plain.init>;
      const lines: string[] = [];
      for await (const event of train(plain, softmaxCrossEntropy, {
        ...common,
        parameters,
        optimizer: sgd(1),
      })) {
        lines.push(event.tag === 'failed' ? show(event.error) : event.tag);
        if (event.tag === 'failed' || event.tag === 'done') dispose(event.parameters);
      }
      expect(lines).toEqual([line]);
      dispose(parameters);
    });
});

describe('the line of a failure', () => {
  it('has 300 characters at most, one line, and nothing for a terminal', () => {
    const long = `${'a'.repeat(500)}/end`;
    const line = show(error('file', long, 'a "text"\u2028of\none line', `\u001b[31m${long}`));
    expect(line.length).toBeLessThanOrEqual(300);
    expect(line).toContain('expected a "text" of one line, found \\x1b[31ma');
    expect(line).toMatch(/^file error at a+…a+\/end: .*…a+\/end$/);
  });

  it('is followed by the stacks that were thrown', () => {
    const inner = new Error('inner');
    const shown = trace({ ...error('layer', 'a', 'b', 'c'), cause: new Error('outer', { cause: inner }) });
    expect(shown).toMatch(/^caused by Error: outer\n\s+at .*failures\.test[\s\S]*caused by Error: inner\n/);
    expect(trace(error('layer', 'a', 'b', 'c'))).toBe('');
  });
});
