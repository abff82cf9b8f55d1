import { cg, exact } from '../../src';
import {
  conjugateGradientLaw,
  descent,
  firmlyNonExpansive,
  Mutants,
  optimality,
  ridgeBy,
  routesAgree,
  smallTau,
  stability,
} from '../../laws';
import { holds, onEachBackend, rejects } from './support';

const auto = ridgeBy(exact());
const primal = ridgeBy(exact({ route: 'primal', precision: 'float64' }));
const dual = ridgeBy(exact({ route: 'dual', precision: 'float64' }));
const primal32 = ridgeBy(exact({ route: 'primal', precision: 'float32' }));
const dual32 = ridgeBy(exact({ route: 'dual', precision: 'float32' }));

onEachBackend((backend) => {
  // There `auto` is float32, and the small system is inverted in it too: what its condition number loses is lost ten times sooner.
  const inFloat32 = backend === 'webgpu' || backend === 'webgl';
  const largest = inFloat32 ? 0.1 : 1;
  // `auto` leaves float64 for batches beyond 1,000, and is then right to its tolerance.
  holds(optimality(auto, [1e-4, 1e4], 'float32'), { of: 'auto' });
  for (const [of, ridge] of Object.entries({ primal, dual })) {
    holds(optimality(ridge, [1e-4, 1e4], 'float64', of === 'dual' ? 'dual' : 'other'), { of });
    holds(smallTau(ridge), { of });
    holds(descent(ridge), { of });
    holds(stability(ridge, [1e-6, 1e8]), { of });
    holds(firmlyNonExpansive(ridge), { of });
  }
  // Float32 throughout is right only where `auto` would leave it so: condition numbers up to about 1e4.
  holds(optimality(primal32, [1e-4, 1], 'float32'), { of: 'primal, float32' });
  holds(optimality(dual32, [1e-4, largest], 'float32', 'dual'), { of: 'dual, float32' });

  rejects('the damping of another τ_θ', optimality(Mutants.wrongDamping(auto)));
  rejects('a step of a tenth too much', optimality(Mutants.scaledRidge(auto, 1.1)));
  rejects('the damping of another τ_θ', smallTau(Mutants.wrongDamping(auto)));
  rejects('a wrong sign', descent(Mutants.scaledRidge(auto, -1)));
  rejects('an explicit step above 2/λ', stability(Mutants.explicitRidge));
  rejects('a step over-relaxed by 2', firmlyNonExpansive(Mutants.scaledRidge(auto, 2)));

  for (const precision of ['float64', 'float32'] as const)
    for (const route of ['dual', 'matrixFree'] as const)
      holds(
        conjugateGradientLaw(
          (x, h, beta, k) => ridgeBy(cg(k, { precision, route }))(x, h, beta),
          precision,
          route === 'dual' ? 'dual' : 'other',
        ),
        { of: `${route}, ${precision}` },
      );
  rejects('a search direction that aliases the residual', conjugateGradientLaw(Mutants.aliasedCg));

  holds(routesAgree('primal and dual, float64', primal, dual, [1e-4, 1e4]));
  holds(routesAgree('primal and dual, float32', primal32, dual32, [1e-4, largest], 'float32'));
  holds(
    routesAgree(
      'exact and converged CG',
      auto,
      ridgeBy(cg(60, { precision: 'float64' })),
      [1e-4, 1e2],
      inFloat32 ? 'float32' : 'float64',
    ),
  );
  rejects(
    'the damping of another τ_θ',
    routesAgree('primal and wrongly damped', primal, Mutants.wrongDamping(dual), [1e-2, 1]),
  );
});
