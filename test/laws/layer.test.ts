import { beforeAll, describe, expect, it } from 'vitest';
import {
  adjoint,
  affineAsDeclared,
  buffersAsDeclared,
  batchEquivariant,
  check,
  composition,
  declaredShape,
  designAsDeclared,
  elementwiseAsDeclared,
  formAsDeclared,
  gradientsMatch,
  inputDesignAsDeclared,
  keyed,
  type LayerCase,
  layerCases,
  leakFree,
  Mutants,
  pure,
  trainingKeyed,
} from '../../laws';
import {
  type AnyLayer,
  conv1d,
  conv2d,
  conv2dTranspose,
  depthwiseConv2d,
  dispose,
  groupNorm,
  he,
  Key,
  layerNorm,
  linear,
  liveTensors,
  scope,
  selfAttention,
  separableConv2d,
  Tree,
} from '../../src';
import { isJoin, nodesOf } from '../../src/internal';
import { started } from '../support';
import { holds, onEachBackend, rejectsSoon } from './support';

/** The layers inside of one that shows them. */
const inside = (name: string, make: () => AnyLayer): readonly LayerCase[] =>
  nodesOf(make()).flatMap(({ part }, i) =>
    isJoin(part) ? [] : [{ name: `${name}, node ${i + 1}`, make: () => part }],
  );

/** Geometries of designs beside those of the table: strides that leave gaps, paddings, dilations, one axis. */
const variants: readonly LayerCase[] = [
  { name: 'conv1d, dilation 2', make: () => conv1d([7, 2], 3, 3, { dilation: 2, padding: 'same' }) },
  { name: 'conv2d, dilation 1 × 2', make: () => conv2d([4, 6, 2], 2, [2, 3], { dilation: [1, 2] }) },
  { name: 'conv2dTranspose', make: () => conv2dTranspose([3, 2, 2], 3, [3, 2]) },
  { name: 'conv2dTranspose, stride 3', make: () => conv2dTranspose([2, 3, 2], 2, 2, { stride: 3 }) },
  {
    name: 'conv2dTranspose, stride 2 × 1, same',
    make: () => conv2dTranspose([2, 3, 2], 2, 4, { stride: [2, 1], padding: 'same' }),
  },
  { name: 'depthwiseConv2d, stride 2', make: () => depthwiseConv2d([5, 4, 2], [3, 2], { stride: 2 }) },
  { name: 'depthwiseConv2d, dilation 2', make: () => depthwiseConv2d([5, 6, 3], 2, { dilation: 2 }) },
  { name: 'instance normalisation', make: () => groupNorm([3, 2, 3], 3) },
  { name: 'layerNorm of one axis', make: () => layerNorm(5) },
  ...inside('separableConv2d', () => separableConv2d([5, 4, 2], 3, 3, { multiplier: 2, stride: 2 })),
  ...inside('selfAttention', () => selfAttention(3, 4, { heads: 2 })),
];

onEachBackend(() => {
  holds(composition());

  it('beginning makes the parameters of a layer, and no other tensor', () => {
    const made = (init: () => Tree.Tree): number => {
      const before = liveTensors();
      const parameters = init();
      const more = liveTensors() - before - Tree.leaves(parameters).length;
      dispose(parameters);
      return more;
    };
    const leaving = layerCases.flatMap(({ name, make }) =>
      made(() => make().init(Key.key(1))) === 0 ? [] : [name],
    );
    expect(leaving).toEqual([]);
    expect(made(() => linear(3, 2, he).init(Key.key(1)))).toBe(0);
    // What it would be of a layer that did not see to it.
    const without = scope(() => made(() => ({ w: he.weights(Key.key(1), [3, 2], { fanIn: 3, fanOut: 2 }) })));
    expect(without).toBe(1);
  });

  it('every layer with parameters has a design', () => {
    const without = layerCases.flatMap(({ name, make }) =>
      nodesOf(make()).flatMap(({ part }) =>
        !isJoin(part) &&
        part.design === undefined &&
        // No step moves a buffer.
        part.buffers === undefined &&
        scope(() => Tree.leaves(part.init(Key.key(0))).length > 0)
          ? [name]
          : [],
      ),
    );
    // It takes the parameters of `linear`, whose bias has no part in it: a design would have to hold what A does not see.
    expect(without).toEqual(['linearTransposed']);
  });

  for (const c of variants) holds(designAsDeclared(c), { of: c.name });

  rejectsSoon('an impure layer', pure({ name: 'impure', make: Mutants.impureLayer }));
  rejectsSoon(
    'a layer that draws by no key in training',
    trainingKeyed({ name: 'unkeyed training', make: Mutants.unkeyedTraining }),
  );
  rejectsSoon(
    'a layer that reads its buffers in training',
    buffersAsDeclared({ name: 'reads its buffers', make: Mutants.readsItsBuffers }),
  );
  rejectsSoon(
    'buffers that no batch decides',
    buffersAsDeclared({ name: 'unkeyed buffers', make: Mutants.unkeyedBuffers }),
  );
  rejectsSoon('a layer that frees its input', pure({ name: 'greedy', make: Mutants.greedyLayer }));
  rejectsSoon('parameters that no key decides', keyed({ name: 'unkeyed', make: Mutants.unkeyedLayer }));
  rejectsSoon(
    'parameters of another shape than declared',
    formAsDeclared({ name: 'misdeclared', make: Mutants.misdeclaredParameters }),
  );
  rejectsSoon(
    'parameters whose shape a key decides',
    formAsDeclared({ name: 'growing', make: Mutants.growingParameters }),
  );
  rejectsSoon(
    'a layer that is not affine, but says so',
    affineAsDeclared({ name: 'falsely affine', make: Mutants.falselyAffineLayer }),
  );
  const says = Mutants.falselyElementwise;
  rejectsSoon(
    'a layer that is not elementwise, but says so',
    elementwiseAsDeclared({ name: 'mixed', make: says }),
  );
  rejectsSoon(
    'a minimiser that stays at b',
    elementwiseAsDeclared({ name: 'lazy', make: Mutants.lazyMinimiser, kinks: true }),
  );
  rejectsSoon(
    'a design of other weights',
    inputDesignAsDeclared({ name: 'doubled', make: Mutants.doubledInputDesign }),
  );
  for (const [what, make] of [
    ['a design of other inputs', Mutants.otherDesignLayer],
    ['blocks of other inputs', Mutants.otherBlocks],
    ['gains unpacked as biases', Mutants.misplacedUnpacking],
  ] as const)
    rejectsSoon(what, designAsDeclared({ name: what, make }));
  for (const [part, make] of Object.entries(Mutants.wrongParts))
    rejectsSoon(`a design whose ${part} is another`, designAsDeclared({ name: part, make }));
  rejectsSoon('a batch-mixing layer', batchEquivariant({ name: 'mixing', make: Mutants.batchMixingLayer }));
  rejectsSoon('a misdeclared shape', declaredShape({ name: 'misdeclared', make: Mutants.misdeclaredLayer }));
  rejectsSoon(
    'a wrong gradient',
    gradientsMatch({ name: 'wrong gradient', make: Mutants.wrongGradientLayer }),
  );
  rejectsSoon(
    'a derivative that is not linear',
    adjoint({ name: 'wrong jvp', make: Mutants.wrongSecondGradientLayer }),
  );
  rejectsSoon('a composition that forgets', composition(Mutants.forgetfulCompose));
});

// On its own: it leaves tensors behind, as it must.
describe('a leaking layer', () => {
  beforeAll(async () => {
    await started('wasm');
  });
  it('is rejected', () => {
    expect(check(leakFree({ name: 'leaking', make: Mutants.leakingLayer })).violation).toMatch(/left behind/);
  });
});
