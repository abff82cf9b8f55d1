/** The averaged solve of the plain interpreter: by the matrices A themselves and by autodiff of E, in float64 on the host. */
import { add, mul, scalar, sum, type Tensor, tensor } from '@tensorflow/tfjs-core';
import { gradientOf } from '../autodiff';
import { fail, fraction, toHost, toNumber, Tree } from '../core';
import {
  type Block,
  blockValue,
  couplingOf,
  type Energy,
  inputsOf,
  type Link,
  linkAt,
  type State,
} from '../energy';
import {
  averages,
  cholesky,
  choleskySolve,
  DEFAULT_TOLERANCE,
  type Design,
  judged,
  type Solver,
} from '../solver';
import { type Moved } from './interpret';
import { termsOf } from './terms';

/** w·‖·‖²/2 is the term of a link: its coupling, or the weight of a loss that is a square. */
const weightOf = (energy: Energy, state: State, target: Tensor, link: Link): number | undefined =>
  link.last ? energy.loss.quadraticWeight?.(target.shape[0]) : couplingOf(energy, state, link.number);

/** ∇E by the block, the inputs of links being frozen or not. */
const slopeOf = (energy: Energy, state: State, target: Tensor, block: Block, frozen: boolean): Tree.Tree => {
  const value = blockValue(state, block);
  return termsOf(energy, state, target, block, frozen)
    .map(({ output, cost }) => {
      const at = cost(output(value));
      const { gradient } = gradientOf((u: Tree.Tree) => sum(mul(output(u), at.gradient)), value);
      at.release();
      return gradient;
    })
    .reduce((a, b) => Tree.zip((x: Tensor, y: Tensor) => add(x, y))(a, b));
};

/** AᵀA in float64. */
const gramOf = (design: Design<Tree.Tree>): Float64Array => {
  const { rows, columns: n } = design;
  const a = toHost(design.matrix());
  const gram = new Float64Array(n * n);
  for (let r = 0; r < rows; r++)
    for (let i = 0; i < n; i++)
      for (let j = 0; j < n; j++)
        gram[i * n + j] = (gram[i * n + j] ?? 0) + (a[r * n + i] ?? 0) * (a[r * n + j] ?? 0);
  return gram;
};

/**
 * (w·R·C/ω + I/τ)⁻¹·∇E, with C and its weight ω as `solveAveraged` states them and w the weight of the link's term; `undefined` where the
 * solver does not average, or the block has no such design.
 */
export const solveAveragedPlain = (
  energy: Energy,
  state: State,
  target: Tensor,
  block: Block,
  tau: number,
  solver: Solver,
  frozen: boolean,
): Moved | undefined => {
  if (block.kind !== 'parameters') return undefined;
  const links = linkAt(energy, block.link).sharers.map((l) => linkAt(energy, l));
  const systems = links.flatMap((link) => {
    const design = link.design?.(inputsOf(state, link, frozen));
    const weight = weightOf(energy, state, target, link);
    return design === undefined || weight === undefined ? [] : [{ design, weight }];
  });
  const [first] = systems;
  if (first === undefined || systems.length < links.length || !averages(solver, first.design))
    return undefined;
  const { design, weight } = first;
  const n = design.columns;
  const rho = fraction('exact.average', solver.average);
  const rows = systems.reduce((total, one) => total + one.design.rows, 0);
  const before = state.memory?.[`${block.link}`];
  const old = before === undefined ? undefined : toHost(before.mean);
  const omega = (before === undefined ? 0 : toNumber(before.weight)) * rho + 1 - rho;
  const grams = systems.map((one) => ({ gram: gramOf(one.design), by: one.weight / weight }));
  const mean = Float64Array.from({ length: n * n }, (_, i) => {
    const own = grams.reduce((total, { gram, by }) => total + by * (gram[i] ?? 0), 0);
    return (old?.[i] ?? 0) * rho + (own * (1 - rho)) / rows;
  });
  const system = mean.map((c, i) => (weight * rows * c) / omega + (i % (n + 1) === 0 ? 1 / tau : 0));
  const factor =
    cholesky(system, n) ?? fail('solver', 'averaged Cholesky', 'a positive definite system', 'another');
  const g = design.pack(slopeOf(energy, state, target, block, frozen));
  const v = choleskySolve(factor, n, toHost(g), design.units);
  return {
    value: design.unpack(tensor(Float32Array.from(v), g.shape)),
    memory: { mean: tensor(Float32Array.from(mean), [n, n]), weight: scalar(omega) },
    report: {
      route: 'primal',
      precision: 'float64',
      iterations: 0,
      ...judged(0, solver.tolerance ?? DEFAULT_TOLERANCE),
    },
  };
};
