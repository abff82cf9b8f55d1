/** The laws of implicit steps on any layer reject what is wrong; that they hold is in the table of `layer.test.ts`. */
import { backprop, cg, chain, conv2d, exact, linear, proxprop, selfAttention, tanh } from '../../src';
import {
  implicitAgreement,
  implicitConjugateGradients,
  implicitDescent,
  implicitFirmness,
  implicitOptimality,
  implicitSmallTau,
  implicitStability,
  type LayerCase,
  Mutants,
  standsStill,
  stepBy,
} from '../../laws';
import { A_TENTH } from '../support';
import { holds, onEachBackend, rejects, rejectsSoon } from './support';

const cases: readonly LayerCase[] = [
  { name: 'linear', make: () => linear(4, 3) },
  { name: 'conv2d', make: () => conv2d([4, 4, 2], 2, 3, { padding: 'same' }) },
  { name: 'selfAttention', make: () => selfAttention(2, 2) },
  { name: 'a chain', make: () => chain(linear(2, 2), tanh(2), linear(2, 2)) },
];

const step = stepBy(exact());

onEachBackend(() => {
  for (const c of cases) {
    const of = c.name;
    rejectsSoon('a step a fifth too long', implicitOptimality(c, Mutants.scaledStep(step, 1.2), 0), { of });
    rejectsSoon('another damping', implicitOptimality(c, Mutants.otherDamping(step), 0), { of });
    rejectsSoon('a solve that boasts', implicitOptimality(c, Mutants.boastingStep(stepBy(cg(1))), 0), { of });
    holds(implicitSmallTau(c, stepBy(cg(3, { scalars: 'perLayer' }))), { of, numRuns: 30 });
    rejectsSoon('a step of half the length', implicitSmallTau(c, Mutants.scaledStep(stepBy(cg(3)), 0.5)), {
      of,
    });
    rejectsSoon('a step uphill', implicitDescent(c, Mutants.scaledStep(step, -1), false), { of });
    rejectsSoon('an explicit step above 2/λ', implicitStability(c, Mutants.explicitStep), { of });
    rejectsSoon(
      'another damping in one of two ways',
      implicitAgreement(c, 'two steps', step, Mutants.otherDamping(step)),
      { of },
    );
  }
  for (const c of cases.slice(0, 2)) {
    const of = c.name;
    rejects('CG that gives up', implicitConjugateGradients(c, Mutants.impatientCg), { of, share: A_TENTH });
    rejects('CG with scalars for each unit', implicitConjugateGradients(c, Mutants.unitwiseCg), {
      of,
      share: A_TENTH,
    });
    rejectsSoon('a step over-relaxed by 2', implicitFirmness(c, Mutants.scaledStep(step, 2)), { of });
  }
  rejectsSoon(
    'a layer that is not affine, but says so',
    implicitOptimality({ name: 'falsely affine', make: Mutants.falselyAffineLayer }, step),
  );
  rejects(
    'a layer that is not affine, but says so, whose energy rises',
    implicitStability({ name: 'falsely affine', make: Mutants.falselyAffineLayer }, step),
  );
  rejectsSoon(
    'a design of other inputs',
    implicitOptimality({ name: 'another design', make: Mutants.otherDesignLayer }, step),
  );

  holds(
    standsStill((tau) => backprop({ tau })),
    { of: 'backprop' },
  );
  holds(
    standsStill((tau, tauTheta) => proxprop({ tau, tauTheta })),
    { of: 'proxprop' },
  );
  holds(
    standsStill((tau, tauTheta) => proxprop({ tau, tauTheta, solver: cg(3) })),
    { of: 'proxprop cg3' },
  );
  rejects('an implicit step on an activation', standsStill(Mutants.implicitActivation));
});
