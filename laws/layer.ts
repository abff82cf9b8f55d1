/**
 * Law 15: the properties that every layer must have. One row of a table, `LayerCase`, puts a layer
 * under all of these.
 */
import * as fc from 'fast-check';
import { add, concat, mul, sum, type Tensor, tensor, zerosLike } from '@tensorflow/tfjs-core';
import {
  type AnyLayer,
  chainOfLayers,
  energyOf,
  fail,
  forwardState,
  groupParameters,
  identity,
  Key,
  type LeafForm,
  liveTensors,
  onReference,
  scope,
  squaredError,
  tensor64,
  toHost,
  Tree,
} from '../src';
import {
  bufferPlaces,
  buffersAfter,
  formOf,
  formOfRecord,
  gradientOf,
  inTraining,
  linearise,
  sameShape,
  saysAffine,
  treeAt,
  withBuffers,
  innerProduct,
  norm,
} from '../src/internal';
import { buildChain, type ChainCase, chains, seeds } from './arbitrary';
import { inner, length, plus, relativeDistance, values } from './compare';
import { all, atMost, type Law, type Verdict } from './law';
import { numberOf } from './numbers';

/** A layer under law. */
export interface LayerCase {
  /** The name, as reports show it. */
  readonly name: string;
  /** Makes the layer, anew for each law. */
  readonly make: () => AnyLayer;
  /** Whether each example of a batch is treated alone, in the same way. Default true. */
  readonly batchEquivariant?: boolean;
  /**
   * Whether derivatives do not exist where inputs are 0 or equal. Inputs are then drawn apart from
   * both.
   */
  readonly kinks?: boolean;
  /**
   * For layers that take tokens 0 … n − 1: n. Derivatives are then taken by the parameters alone.
   */
  readonly tokens?: number;
}

/** The size of a random batch and the seed of its numbers. */
export interface LayerSample {
  readonly batch: number;
  readonly seed: number;
}

const samples: fc.Arbitrary<LayerSample> = fc.record({ batch: fc.integer({ min: 1, max: 5 }), seed: seeds });

/**
 * Draws a batch of inputs for a layer, the same for the same key: tokens, or numbers in [−2, 2],
 * apart from 0 and from each other if the layer has kinks.
 *
 * @param c the case, for `kinks` and `tokens`
 * @param layer the layer
 * @param batch how many examples
 * @param key draws the numbers
 *
 * @example inputFor(mine, linear(3, 2), 5, Key.key(1)).shape // [5, 3]
 */
export const inputFor = (
  { kinks = false, tokens }: LayerCase,
  layer: AnyLayer,
  batch: number,
  key: Key.Key,
): Tensor => {
  const shape = [batch, ...layer.input];
  const size = shape.reduce((a, b) => a * b, 1);
  if (tokens !== undefined)
    return tensor(
      Float32Array.from(Key.bits(key, size), (word) => word % tokens),
      shape,
    );
  if (!kinks) return Key.uniform(key, shape, -2, 2);
  // Evenly spaced on [-2, 2], in random order: 4/size apart from each other, and half of it, or all, from 0.
  const order = Key.permutation(key, size);
  const offset = size % 2 === 0 ? 0.5 : 0.25;
  return tensor(
    Float32Array.from(order, (place) => (4 * (place + offset)) / size - 2),
    shape,
  );
};

const inputOf = (c: LayerCase, layer: AnyLayer, { batch, seed }: LayerSample): Tensor =>
  inputFor(c, layer, batch, Key.fold(Key.key(seed), 1));

/**
 * Makes the layer of a case, and draws its parameters and an input.
 *
 * @param c the case
 * @param s the batch size and the seed
 *
 * @example built(mine, { batch: 2, seed: 1 }).input.shape // [2, 3]
 */
export const built = (c: LayerCase, s: LayerSample) => {
  const layer = c.make();
  return { layer, parameters: layer.init(Key.fold(Key.key(s.seed), 0)), input: inputOf(c, layer, s) };
};

/**
 * Makes a law of one layer, law 15, from a predicate on batches.
 *
 * @param c the layer
 * @param name the statement
 * @param holds the predicate of a batch size and a seed
 *
 * @example
 * const bounded = layerLaw(mine, 'outputs are finite', (s) => {
 *   const { layer, parameters, input } = built(mine, s);
 *   const output = toHost(layer.forward(parameters, input));
 *   return output.every(Number.isFinite) || 'an output is not finite';
 * });
 * check(bounded, { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const layerLaw = (
  c: LayerCase,
  name: string,
  holds: (s: LayerSample) => Verdict,
): Law<LayerSample> => ({
  number: numberOf('layers'),
  name: `${c.name}: ${name}`,
  arbitrary: samples,
  holds,
});

/**
 * Law 15: the same input gives the same output, bit for bit, and a call neither changes nor frees
 * input or parameters.
 *
 * @param c the layer
 *
 * @example check(pure(mine), { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const pure = (c: LayerCase): Law<LayerSample> =>
  layerLaw(c, 'pure', (s) => {
    const { layer, parameters, input } = built(c, s);
    const before = values([parameters, input]);
    const first = toHost(layer.forward(parameters, input));
    if (Tree.leaves([parameters, input]).some((t) => t.isDisposed))
      return 'an input was freed: forward must leave alone what it is given, scopes free what it makes';
    const second = toHost(layer.forward(parameters, input));
    return all(
      atMost(
        'the difference of two calls with one input (no state, and no random numbers, but those of a key)',
        relativeDistance(first, second),
        0,
      ),
      atMost('the change of the inputs', relativeDistance(values([parameters, input]), before), 0),
    );
  });

/**
 * Law 15: a call leaves behind its output and nothing else, and the output does not outlive its
 * scope.
 *
 * @param c the layer
 *
 * @example check(leakFree(mine), { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const leakFree = (c: LayerCase): Law<LayerSample> =>
  layerLaw(c, 'leaves no tensor behind', (s) => {
    const { layer, parameters, input } = built(c, s);
    const before = liveTensors();
    scope(() => {
      layer.forward(parameters, input);
    });
    const left = liveTensors() - before;
    return left === 0 ? true : `${left} tensors were left behind (keep, or a scope that was left open)`;
  });

/**
 * Law 15: equal keys give equal parameters.
 *
 * @param c the layer
 *
 * @example check(keyed(mine), { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const keyed = (c: LayerCase): Law<LayerSample> =>
  layerLaw(c, 'parameters are a function of their key', ({ seed }) => {
    const [first, second] = [c.make().init(Key.key(seed)), c.make().init(Key.key(seed))];
    return atMost(
      'the difference of the parameters of one key (draw them by Key.uniform or Key.normal)',
      relativeDistance(values(first), values(second)),
      0,
    );
  });

/**
 * Law 15: the layer of training is a function of its key: equal keys give equal outputs, whatever
 * is drawn between.
 *
 * @param c the layer
 *
 * @example check(trainingKeyed(mine), { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const trainingKeyed = (c: LayerCase): Law<LayerSample> =>
  layerLaw(c, 'the layer of training is a function of its key', (s) => {
    const { layer, parameters, input } = built(c, s);
    if (layer.training === undefined || s.batch === 1) return true;
    const at = (seed: number): Float64Array =>
      toHost(inTraining(layer, Key.key(seed)).forward(parameters, input));
    const first = at(s.seed);
    at((s.seed + 1) % 2 ** 31);
    return atMost(
      'the difference of the outputs of one key (draw by the key that `training` is given)',
      relativeDistance(first, at(s.seed)),
      0,
    );
  });

/**
 * Law 15: the next buffers are a pure function of the buffers before and of the input, and in
 * training the layer does not read them.
 *
 * @param c the layer
 *
 * @example
 * const normal = { name: 'batchNorm', make: () => batchNorm(3) };
 * check(buffersAsDeclared(normal), { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const buffersAsDeclared = (c: LayerCase): Law<LayerSample> =>
  layerLaw(c, 'buffers are kept of the batch, and not read in training', (s) => {
    const { layer, parameters, input } = built(c, s);
    const places = bufferPlaces(layer);
    if (places.length === 0 || s.batch === 1) return true;
    const trained = inTraining(layer, Key.key(s.seed));
    const energy = energyOf(trained, squaredError);
    const groups = groupParameters(energy, parameters);
    const state = forwardState(energy, groups, input);
    const next = (): Float64Array => values(buffersAfter(energy, parameters, state).trees);
    const before = values([parameters, input]);
    const [first, second] = [next(), next()];
    const others = withBuffers(
      parameters,
      places,
      places.map((place) => Tree.map((leaf) => add(leaf, 0.5))(treeAt(parameters, place))),
    );
    return all(
      atMost('the difference of two calls with one input', relativeDistance(first, second), 0),
      atMost('the change of parameters and input', relativeDistance(values([parameters, input]), before), 0),
      atMost(
        'the distance of the outputs in training at other buffers (in training `forward` must not read them)',
        relativeDistance(toHost(trained.forward(others, input)), toHost(trained.forward(parameters, input))),
        0,
      ),
    );
  });

const showForm = (form: readonly LeafForm[]): string =>
  form
    .map(({ path, dtype, shape }) => `${path} ${dtype} [${shape.join(', ')}]`)
    .sort()
    .join('; ');

/**
 * Law 15: `init` gives tensors of the same names, shapes and kinds for every key, and those of
 * `parameterShapes` if the layer declares them.
 *
 * @param c the layer
 *
 * @example check(formAsDeclared(mine), { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const formAsDeclared = (c: LayerCase): Law<LayerSample> =>
  layerLaw(c, 'parameters of one form, the declared one', ({ seed }) => {
    const layer = c.make();
    const [found, other] = [seed, 0].map((k) => showForm(formOf(layer.init(Key.key(k)))));
    const { parameterShapes } = layer;
    const declared = parameterShapes === undefined ? other : showForm(formOfRecord(parameterShapes));
    return found === declared
      ? true
      : `parameters are ${found || 'none'}, ${parameterShapes === undefined ? 'with another key' : 'declared'} ${declared || 'none'}`;
  });

/**
 * Law 15: a layer that says it is affine in its parameters is: f(θ + 2u) − f(θ) is twice
 * f(θ + u) − f(θ), for large u. Tolerance: float32 rounding of outputs, a hundred times over for
 * sums of products.
 *
 * @param c the layer
 *
 * @example check(affineAsDeclared(mine), { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const affineAsDeclared = (c: LayerCase): Law<LayerSample> =>
  layerLaw(c, 'affine in its parameters, if it says so', (s) => {
    const { layer, parameters, input } = built(c, s);
    if (!saysAffine(layer)) return true;
    const u = randomLike(parameters, s.seed);
    const at = (by: number): Float64Array =>
      toHost(layer.forward(Tree.zip((p: Tensor, d: Tensor) => add(p, mul(d, by)))(parameters, u), input));
    const [none, once, twice] = [at(0), at(1), at(2)];
    return atMost(
      'the distance of f(θ + 2u) − f(θ) from 2(f(θ + u) − f(θ)) (declared affine: leave that out, if it is not)',
      length(plus(plus(twice, once, -2), none)),
      1e-5 * (length(twice) + length(none)),
    );
  });

/**
 * Law 15: outputs have the shape that the layer declares.
 *
 * @param c the layer
 *
 * @example check(declaredShape(mine), { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const declaredShape = (c: LayerCase): Law<LayerSample> =>
  layerLaw(c, 'declared shape = actual shape', (s) => {
    const { layer, parameters, input } = built(c, s);
    const { shape } = layer.forward(parameters, input);
    return sameShape(shape, [s.batch, ...layer.output])
      ? true
      : `the output is [${shape.join(', ')}], declared [N, ${layer.output.join(', ')}]`;
  });

/**
 * Law 15: the output of two batches as one is their outputs as one, up to float32 rounding, as
 * kernels may sum in another order.
 *
 * @param c the layer
 *
 * @example check(batchEquivariant(mine), { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const batchEquivariant = (c: LayerCase): Law<LayerSample> =>
  layerLaw(c, 'batch-equivariant', (s) => {
    const { layer, parameters, input } = built(c, s);
    if (c.batchEquivariant === false || layer.mixesExamples === true) return true;
    const other = inputOf(c, layer, { ...s, seed: (s.seed + 1) % 2 ** 31 });
    const joined = layer.forward(parameters, concat([input, other], 0));
    const apart = concat([layer.forward(parameters, input), layer.forward(parameters, other)], 0);
    return atMost(
      'the distance of a joined batch from its parts (each example is treated alone)',
      relativeDistance(toHost(joined), toHost(apart)),
      1e-5,
    );
  });

/** Parameters and input as one tree, and random trees of the same shapes. */
const point = (parameters: Tree.Tree, input: Tensor): Tree.Tree => [parameters, input];

/**
 * Draws a tree of tensors of the same shapes, uniform on ±1.
 *
 * @param tree the tree
 * @param seed the seed
 *
 * @example Tree.leaves(randomLike([w], 1)).map(({ shape }) => shape) // [[2, 3]]
 */
export const randomLike = (tree: Tree.Tree, seed: number): Tree.Tree => {
  let i = 0;
  return Tree.map((leaf) => Key.uniform(Key.fold(Key.key(seed), 100 + i++), leaf.shape, -1, 1))(tree);
};

/** A direction in which to differentiate: at random, but never along tokens. */
const directionAt = (
  { tokens }: LayerCase,
  [parameters, input]: readonly [Tree.Tree, Tensor],
  seed: number,
) => {
  const moved = randomLike([parameters, input], seed);
  return tokens === undefined ? moved : [randomLike(parameters, seed), zerosLike(input)];
};

const split = (tree: Tree.Tree): readonly [Tree.Tree, Tensor] => {
  const parts = Tree.isTuple(tree) ? tree : [];
  const [parameters, input] = parts;
  const leaf = input === undefined ? undefined : Tree.leaves(input)[0];
  return parameters === undefined || leaf === undefined
    ? fail('shape', 'layer law', 'parameters and input', 'another tree')
    : [parameters, leaf];
};

const forwardAt =
  (layer: AnyLayer) =>
  (tree: Tree.Tree): Tensor => {
    const [parameters, input] = split(tree);
    return layer.forward(parameters, input);
  };

/**
 * Law 15: J and Jᵀ, by parameters and input together, are adjoint: ⟨Jv, u⟩ = ⟨v, Jᵀu⟩. Tolerance:
 * float32 sums of up to a few hundred products.
 *
 * @param c the layer
 *
 * @example check(adjoint(mine), { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const adjoint = (c: LayerCase): Law<LayerSample> =>
  layerLaw(c, '⟨Jv, u⟩ = ⟨v, Jᵀu⟩', (s) => {
    const { layer, parameters, input } = built(c, s);
    const at = point(parameters, input);
    const v = directionAt(c, [parameters, input], s.seed);
    const linear = linearise(forwardAt(layer), at);
    try {
      const u = Key.uniform(Key.fold(Key.key(s.seed), 7), linear.value.shape, -1, 1);
      const jv = linear.jvp(v);
      const [left, right] = [innerProduct<Tree.Tree>(jv, u), innerProduct(v, linear.vjp(u))];
      const size = norm(jv) * norm(u) + 1e-3;
      return atMost('the difference', Math.abs(left - right), 2e-5 * size);
    } finally {
      linear.release();
    }
  });

/**
 * Makes a tree of the form of another one on the reference backend, in float64.
 *
 * @param like the tree whose form it has
 * @param hosts the numbers of each tensor
 *
 * @example
 * const host = toHost(w);
 * onReference(() => scope(() => Tree.leaves(onReferenceTree([w], [host])).length)) // 1
 */
export const onReferenceTree = (like: Tree.Tree, hosts: readonly Float64Array[]): Tree.Tree => {
  let i = 0;
  return Tree.map((leaf) => tensor64(hosts[i++] ?? new Float64Array(leaf.size), leaf.shape))(like);
};

/**
 * Law 15: gradients match central differences of the same forward function in float64. With a step
 * of 1e-5 the differences are right to 1e-9; the tolerance is the rounding of float32 gradients.
 *
 * @param c the layer
 *
 * @example check(gradientsMatch(mine), { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const gradientsMatch = (c: LayerCase): Law<LayerSample> =>
  layerLaw(c, 'gradients match float64 differences', (s) => {
    const { layer, parameters, input } = built(c, s);
    const at = point(parameters, input);
    const direction = directionAt(c, [parameters, input], s.seed);
    const hosts = Tree.leaves(at).map(toHost);
    const along = Tree.leaves(direction).map(toHost);
    const h = 1e-5;
    const linear = linearise(forwardAt(layer), at);
    let analytic: number;
    let weights: Float64Array;
    let size: number;
    try {
      const u = Key.uniform(Key.fold(Key.key(s.seed), 7), linear.value.shape, -1, 1);
      const gradient = linear.vjp(u);
      weights = toHost(u);
      analytic = inner(values(gradient), values(direction));
      size = norm(gradient) * norm(direction);
    } finally {
      linear.release();
    }
    const valueAt = (step: number): number =>
      onReference(() =>
        scope(() => {
          const moved = hosts.map((host, i) => host.map((v, k) => v + step * (along[i]?.[k] ?? 0)));
          return inner(toHost(forwardAt(layer)(onReferenceTree(at, moved))), weights);
        }),
      );
    const numeric = (valueAt(h) - valueAt(-h)) / (2 * h);
    return atMost(
      'the error of the gradient (does forward read values, or stop gradients?)',
      Math.abs(analytic - numeric),
      2e-5 * (size + 1e-2),
    );
  });

/**
 * Lists the laws of every layer, law 15; `lawsOf` adds those that apply to some layers.
 *
 * @param c the layer
 *
 * @example layerLaws(mine).length // 11
 */
export const layerLaws = (c: LayerCase): readonly Law<LayerSample>[] => [
  pure(c),
  keyed(c),
  formAsDeclared(c),
  trainingKeyed(c),
  buffersAsDeclared(c),
  leakFree(c),
  declaredShape(c),
  batchEquivariant(c),
  affineAsDeclared(c),
  adjoint(c),
  gradientsMatch(c),
];

/** The composition of layers under law. */
export type Compose = typeof chainOfLayers;

/**
 * Law 15 of `chain`: it is associative and unital, exactly; and the cotangent pulled back layer by
 * layer is the one pulled back through the whole, within float32 rounding.
 *
 * @param compose composes layers. Default: `chainOfLayers`
 *
 * @example check(composition(), { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const composition = (compose: Compose = chainOfLayers): Law<ChainCase> => ({
  number: numberOf('layers'),
  name: 'chain: associative, unital, gradients compose',
  arbitrary: chains({ depth: [2, 3] }),
  holds: (c) => {
    const { net, parameters, example } = buildChain(c);
    const { layers } = net;
    const cut = 1 + (c.seed % (layers.length - 1));
    const whole = compose(layers);
    const out = (l: AnyLayer, p: Tree.Tree): Float64Array => toHost(l.forward(p, example.input));
    const grouped = compose([compose(layers.slice(0, cut)), compose(layers.slice(cut))]);
    const [first] = layers;
    const unit = first === undefined ? [] : [identity(first.input)];
    const expected = out(net, parameters);
    const last = net.forward(parameters, example.input);
    const u = Key.uniform(Key.key(c.seed), last.shape, -1, 1);
    const through = gradientOf(
      (x: Tensor) => sum(mul(net.forward(parameters, x), u)),
      example.input,
    ).gradient;
    const inputs = layers.map((_, i) =>
      i === 0
        ? example.input
        : chainOfLayers(layers.slice(0, i)).forward(parameters.slice(0, i), example.input),
    );
    const stepwise = [...layers].reverse().reduce((cotangent, layer, back) => {
      const i = layers.length - 1 - back;
      const [p, at] = [parameters[i], inputs[i]];
      if (p === undefined || at === undefined) return cotangent;
      return gradientOf((x: Tensor) => sum(mul(layer.forward(p, x), cotangent)), at).gradient;
    }, u);
    return all(
      atMost('whole', relativeDistance(out(whole, parameters), expected), 0),
      atMost('associativity', relativeDistance(out(grouped, parameters), expected), 0),
      atMost(
        'left unit',
        relativeDistance(
          out(compose([...unit, ...layers]), [...unit.map(() => ({})), ...parameters]),
          expected,
        ),
        0,
      ),
      atMost(
        'empty unit',
        relativeDistance(out(compose([compose([]), ...layers, compose([])]), parameters), expected),
        0,
      ),
      atMost(
        'the chain of gradients',
        length(toHost(add(through, mul(stepwise, -1)))),
        1e-5 * (length(toHost(through)) + 1e-2),
      ),
    );
  },
});
