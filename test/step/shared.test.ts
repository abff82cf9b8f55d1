/** Layers that read one input have one Gram matrix and one factor between them: counted. */
import { engine, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { pipe } from 'fp-ts/function';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  add,
  andThen,
  type AnyLayer,
  bind,
  blockCoordinateDescent,
  cg,
  chain,
  conv2d,
  direction,
  energyOf,
  exact,
  globalAvgPool,
  graph,
  Key,
  linear,
  liveTensors,
  meet,
  type Method,
  multiply,
  output,
  parallel,
  projection,
  proxprop,
  reshape,
  residual,
  scope,
  selfAttention,
  sigmoid,
  softmaxCrossEntropy,
  squaredError,
  type Solver,
  tanh,
  type Tree,
} from '../../src';
import { isJoin, nodesOf } from '../../src/internal';
import { sharedDesigns } from '../../src/step/sharedDesigns';
import { values } from '../../laws';
import { right, started } from '../support';

beforeAll(async () => {
  await started('wasm');
});

type AnyDesign = Solver.Design<Tree.Tree>;

/** A network whose designs are others. */
const withDesigns = (net: AnyLayer, change: (design: AnyDesign) => AnyDesign): AnyLayer => ({
  ...net,
  nodes: nodesOf(net).map((node) => {
    const { part } = node;
    if (isJoin(part) || part.design === undefined) return node;
    const design = part.design.bind(part);
    return { ...node, part: { ...part, design: (x) => change(design(x)) } };
  }),
});

const alone = ({ source: _, ...design }: AnyDesign): AnyDesign => design;

const run = (net: AnyLayer, input: Tensor, solver: Solver.Solver): Float64Array =>
  scope(() => {
    const target = tensor(new Int32Array(input.shape[0]), [input.shape[0]], 'int32');
    const found = right(
      direction(net, softmaxCrossEntropy, proxprop({ solver }))(net.init(Key.key(1)), { input, target }),
    );
    return values(found.direction);
  });

/** Gram matrices that are formed in a step, by products or by a kernel of their own, and inverses or factors of them. */
const counted = async (net: AnyLayer, input: Tensor): Promise<readonly [grams: number, factors: number]> => {
  let grams = 0;
  const count = (form: () => Tensor) => (): Tensor => {
    grams++;
    return form();
  };
  const counting = withDesigns(net, (design) => ({
    ...design,
    grams: design.grams.map((way) => ({ ...way, form: count(way.form) })),
    dualGram: count(design.dualGram),
    ...(design.dualGramOfInputs === undefined ? {} : { dualGramOfInputs: count(design.dualGramOfInputs) }),
  }));
  const { kernels } = await engine().profile(() => {
    run(counting, input, exact({ precision: 'float32' }));
    return [];
  });
  const ran = (...names: readonly string[]): number =>
    kernels.filter(({ name }) => names.includes(name)).length;
  return [grams + ran('GramWide', 'GramLagsWide'), ran('InverseShifted', 'FactorWide', 'FactorSingle')];
};

const attention = chain(residual(selfAttention(6, 4, { heads: 2 })), reshape([6, 4], [24]), linear(24, 3));

const gated = pipe(
  graph([5]),
  bind('gate', linear(5, 4), 'input'),
  bind('open', sigmoid(4), 'gate'),
  bind('value', linear(5, 4), 'input'),
  bind('bent', tanh(4), 'value'),
  meet('both', multiply([4]), 'open', 'bent'),
  bind('skip', linear(5, 4), 'input'),
  meet('sum', add([4]), 'both', 'skip'),
  bind('out', linear(4, 3), 'sum'),
  output('out'),
);

/** Two inputs of one shape: what is made of one does not serve the other. */
const named = pipe(
  graph({ a: [5], b: [5] }),
  bind('gate', linear(5, 4), 'a'),
  bind('open', sigmoid(4), 'gate'),
  bind('value', linear(5, 4), 'a'),
  bind('bent', tanh(4), 'value'),
  meet('both', multiply([4]), 'open', 'bent'),
  bind('skip', linear(5, 4), 'b'),
  meet('sum', add([4]), 'both', 'skip'),
  bind('out', linear(4, 3), 'sum'),
  output('out'),
);

const images = chain(
  parallel(
    'concat',
    conv2d([6, 6, 2], 2, 3, { padding: 'same' }),
    conv2d([6, 6, 2], 3, 3, { padding: 'same' }),
    conv2d([6, 6, 2], 2, 1),
  ),
  globalAvgPool([6, 6, 7]),
  linear(7, 3),
);

const tokens = chain(
  parallel('sum', projection([3, 4], 5), projection([3, 4], 5, { bias: true }), projection([3, 4], 5)),
  reshape([3, 5], [15]),
  linear(15, 3),
);

/** Networks, their inputs, and the number of different A among the implicit steps. */
const cases: readonly (readonly [string, AnyLayer, readonly number[], different: number, links: number])[] = [
  ['query, key and value', attention, [20, 6, 4], 2, 4],
  ['the gates of a graph', gated, [40, 5], 1, 3],
  ['readers of two named inputs', named, [40, 10], 2, 3],
  ['convolutions of one kernel', images, [10, 6, 6, 2], 2, 3],
  ['projections with a bias and without', tokens, [20, 3, 4], 2, 3],
];

describe('one Gram matrix and one factor', () => {
  it.each(cases)('serve %s', async (_, net, shape, different, links) => {
    const input = Key.normal(Key.key(2), shape);
    expect(await counted(net, input)).toEqual([different, different]);
    expect(await counted(withDesigns(net, alone), input)).toEqual([links, links]);
    input.dispose();
  });

  it.each(cases)('change no bit of the direction, and leave nothing behind: %s', (_, net, shape) => {
    const input = Key.normal(Key.key(2), shape);
    const before = liveTensors();
    for (const solver of [
      exact(),
      exact({ precision: 'float32' }),
      exact({ precision: 'float32', route: 'dual' }),
      cg(3, { precision: 'float32', route: 'dual' }),
      cg(3, { precision: 'float32', route: 'primal' }),
    ])
      expect(run(net, input, solver)).toEqual(run(withDesigns(net, alone), input, solver));
    expect(liveTensors()).toBe(before);
    input.dispose();
  });

  it('are made anew where the input has moved', () => {
    // Two sweeps of block coordinate descent move what is read between the steps of those that read it.
    const input = Key.normal(Key.key(2), [20, 5]);
    const target = Key.normal(Key.key(3), [20, 3]);
    const found = [gated, withDesigns(gated, alone)].map((net) =>
      scope(() => {
        const method = blockCoordinateDescent();
        const twice: Method = {
          ...method,
          schedule: (links) => andThen(method.schedule(links), method.schedule(links)),
        };
        return values(
          right(direction(net, squaredError, twice)(net.init(Key.key(1)), { input, target })).direction,
        );
      }),
    );
    expect(found[0]).toEqual(found[1]);
    input.dispose();
    target.dispose();
  });
});

describe('what is computed from one A', () => {
  /** Link 1 of two dense layers, a Gram matrix of whose design is kept, and how many tensors that is. */
  const kept = () => {
    const net = chain(linear(4, 3), linear(3, 2));
    const energy = energyOf(net, squaredError);
    const [link] = energy.links;
    const input = Key.uniform(Key.key(1), [5, 4], -1, 1);
    const design = link?.design?.([input]);
    if (link === undefined || design === undefined) return expect.fail('a link with a design');
    const shared = sharedDesigns(energy);
    // Solves come again, so that also one reader has it kept.
    shared.again();
    const before = liveTensors();
    scope(() => shared.of(link, [input], design).dualGram());
    return { shared, tensors: () => liveTensors() - before };
  };

  it('lives as long as a link that reads its input is still to come, and then no longer', () => {
    scope(() => {
      const { shared, tensors } = kept();
      const all = tensors();
      expect(all).toBeGreaterThan(0);
      shared.unread((link) => link === 1).free();
      expect(tensors()).toBe(all);
      // Link 2 reads another variable.
      shared.unread((link) => link === 2).free();
      expect(tensors()).toBe(0);
      shared.release();
    });
  });

  it('is freed at the end', () => {
    scope(() => {
      const { shared, tensors } = kept();
      shared.release();
      expect(tensors()).toBe(0);
    });
  });
});
