/**
 * The proximal step of any block by linearisation: the sum of quadratic terms of the energy that contain the
 * block, linearised where it stands, solved by conjugate gradients with Jacobian products of autodiff.
 *
 *     φ(u) = Σ_t w_t/2·‖r_t(v + u)‖² + 1/(2τ)·‖u‖²
 *     (Σ w_t·J_tᵀJ_t + (1/τ + λ)·I)·d = −∇φ(u)      u ← u + s·d
 *
 * A block that is affine needs one such solve: that is declared by its layer, or seen from the step itself, where
 * the residuals do what their linearisation said. Any other block takes Gauss-Newton steps. Each is accepted only
 * if φ falls by a ten-thousandth of what its slope promises (Armijo); else it is shortened (s = ½, ¼), then damped
 * (λ > 0, Levenberg-Marquardt). A solve by cg(k) linearises once; an exact one, until ∇φ vanishes.
 */
import { add, mul, square, sub, sum, type Tensor } from '@tensorflow/tfjs-core';
import { dot, linearise, packRow, unpackRow } from '../autodiff';
import { fail, norm, scope, toNumber, Tree } from '../core';
import {
  type Block,
  blockAt,
  couplingOf,
  type Energy,
  linkAt,
  parametersAt,
  activationAt,
  residualOf,
  type State,
  valueOf,
  onlyTensor,
  type Link,
} from '../energy';
import {
  conjugateGradients,
  DEFAULT_TOLERANCE,
  type Design,
  type Scalars,
  type Solution,
  type Solver,
} from '../solver';

/** A term weight/2·‖r(u)‖² of the energy as a function of the block's value. */
interface Term {
  readonly weight: number;
  readonly residual: (value: Tree.Tree) => Tensor;
  /** A tensor of the size of what the residual is the difference of. */
  readonly output: Tensor;
}

/** The weight of a link's term, and its residual given the link's output. */
const quadratic = (energy: Energy, state: State, target: Tensor, link: Link) => {
  if (!link.last)
    return {
      weight: couplingOf(energy, link.number),
      residual: (f: Tensor) => residualOf(f, activationAt(state, link.number)),
      output: activationAt(state, link.number).anchor,
    };
  const weightOf =
    energy.loss.quadraticWeight ??
    fail(
      'solver',
      `link ${link.number} (${link.name})`,
      'a quadratic term for an implicit step',
      `the loss ${energy.loss.name}: use an explicit step there`,
    );
  return { weight: weightOf(target), residual: (f: Tensor) => sub(f, target), output: target };
};

const termsOf = (energy: Energy, state: State, target: Tensor, block: Block): readonly Term[] => {
  if (block.kind === 'parameters') {
    const link = linkAt(energy, block.link);
    const { weight, residual, output } = quadratic(energy, state, target, link);
    const input = valueOf(activationAt(state, block.link - 1));
    return [{ weight, residual: (value) => residual(link.forward(value, input)), output }];
  }
  const below = linkAt(energy, block.link);
  const above = linkAt(energy, block.link + 1);
  const f = below.forward(
    valueOf(parametersAt(state, block.link)),
    valueOf(activationAt(state, block.link - 1)),
  );
  const parameters = valueOf(parametersAt(state, block.link + 1));
  const { weight, residual, output } = quadratic(energy, state, target, above);
  return [
    { weight: couplingOf(energy, block.link), residual: (value) => sub(f, onlyTensor(value)), output: f },
    { weight, residual: (value) => residual(above.forward(parameters, onlyTensor(value))), output },
  ];
};

/** How a block is laid out in rows for CG: one row a unit where the layer has units, else one row. */
interface Layout {
  readonly pack: (tree: Tree.Tree) => Tensor;
  readonly unpack: (rows: Tensor) => Tree.Tree;
  readonly scalars: Scalars;
}

const layout = (design: Design<Tree.Tree> | undefined, like: Tree.Tree, solver: Solver): Layout => {
  const asked = solver.kind === 'cg' ? solver.scalars : undefined;
  return design === undefined
    ? { pack: packRow, unpack: (m) => unpackRow(like, m), scalars: 'perLayer' }
    : {
        pack: (v) => design.pack(v),
        unpack: (m) => design.unpack(m),
        scalars: asked ?? design.scalars,
      };
};

/** Enough for any block of a small network; larger ones are reported as not converged. */
const MOST_ITERATIONS = 1000;
/** Where an exact solve stops: below what float32 can show. */
const EXACT_RESIDUAL = 1e-9;
/** Linearisations of an exact solve. Gauss-Newton converges in a few, or slowly. */
const MOST_LINEARISATIONS = 20;
/** How far residuals may be from their linearisation, relative to the change: float32 rounding, ten times over. */
const AFFINE = 1e-5;
const ARMIJO = 1e-4;
const SHORTENED = [1, 0.5, 0.25];
const DAMPINGS = 8;

/**
 * A step that moves the outputs so little is as good as linear: the rounding of float32 outputs, ten times over,
 * hides what is not. Gradient steps on large batches are of that size.
 */
const ROUNDING = 1e-6;

const plus = (a: Tree.Tree, b: Tree.Tree, by = 1): Tree.Tree =>
  Tree.zip((x, y) => add(x, by === 1 ? y : mul(y, by)))(a, b);

const sizeOf = (tree: Tree.Tree): number => Tree.leaves(tree).reduce((n, leaf) => n + leaf.size, 0);

const isAffine = (energy: Energy, block: Block): boolean =>
  block.kind === 'parameters' && linkAt(energy, block.link).affine;

/** Σ w/2·(‖now‖² − ‖before‖²), from the difference itself: near a minimum the two norms agree in all digits. */
const change = (terms: readonly Term[], now: readonly Tensor[], before: readonly Tensor[]): number =>
  terms.reduce((total, { weight }, i) => {
    const [a, b] = [now[i], before[i]];
    return a === undefined || b === undefined
      ? Number.NaN
      : total + (weight / 2) * toNumber(sum(mul(sub(a, b), add(a, b))));
  }, 0);

interface Progress {
  readonly shift: Tree.Tree;
  readonly iterations: number;
  readonly residual: number;
  readonly affine: boolean;
}

/** The displacement of a proximal step on any block; see the head of this file. */
export const solveLinearised = (
  energy: Energy,
  state: State,
  target: Tensor,
  block: Block,
  tau: number,
  solver: Solver,
): Solution<Tree.Tree> =>
  scope(() => {
    const start = valueOf(blockAt(state, block));
    const terms = termsOf(energy, state, target, block);
    const declared = isAffine(energy, block);
    const design =
      block.kind === 'parameters'
        ? linkAt(energy, block.link).design?.(valueOf(activationAt(state, block.link - 1)))
        : undefined;
    const { pack, unpack, scalars } = layout(design, start, solver);
    const beta = 1 / tau;
    const most = solver.kind === 'cg' ? solver.iterations : Math.min(MOST_ITERATIONS, 2 * sizeOf(start) + 10);
    const stopAt = solver.tolerance ?? (solver.kind === 'cg' ? 0 : EXACT_RESIDUAL);
    const tolerance = solver.tolerance ?? DEFAULT_TOLERANCE;
    /** ‖f‖ of all terms: what their rounding is relative to. */
    const scale = (): number => norm(terms.map((t) => t.output));
    const residualsAt = (value: Tree.Tree): readonly Tensor[] => terms.map((t) => t.residual(value));

    /** One Gauss-Newton step from a displacement; the gradient norm there, and how far a solve brought it. */
    const step = (shift: Tree.Tree, first: number | undefined, measureOnly: boolean) =>
      scope(() => {
        const value = plus(start, shift);
        const linear = terms.map(({ weight, residual }) => ({ weight, ...linearise(residual, value) }));
        try {
          const before = linear.map((l) => l.value);
          const slope = linear.reduce<Tree.Tree>(
            (g, { weight, vjp }, i) =>
              plus(g, vjp(before[i] ?? fail('solver', 'term', 'a residual', 'none')), weight),
            Tree.map((leaf) => mul(leaf, beta))(shift),
          );
          const size = norm(slope);
          const relative = first === undefined || first === 0 ? 1 : size / first;
          if (measureOnly || size === 0 || relative <= Math.min(tolerance, 1e-6))
            return {
              size,
              relative,
              shift: undefined,
              iterations: 0,
              residual: 0,
              affine: false,
              final: true,
            };
          const curvature = (row: Tensor): Tensor =>
            linear
              .map(({ weight, jvp, vjp }) => mul(pack(vjp(jvp(unpack(row)))), weight))
              .reduce((a, b) => add(a, b));
          const downhill = pack(Tree.map((leaf) => mul(leaf, -1))(slope));
          let damping = 0;
          let iterations = 0;
          for (let attempt = 0; attempt <= DAMPINGS; attempt++) {
            const by = beta + damping;
            const solved = conjugateGradients(
              (row) => add(curvature(row), mul(row, by)),
              downhill,
              most,
              stopAt,
              scalars,
            );
            iterations += solved.iterations;
            const direction = unpack(solved.value);
            const promised = linear.map(({ jvp }) => jvp(direction));
            const seen = residualsAt(plus(value, direction));
            const wrong = seen.reduce((total, r, i) => {
              const [b, p] = [before[i], promised[i]];
              return b === undefined || p === undefined
                ? Number.NaN
                : total + toNumber(sum(square(sub(sub(r, b), p))));
            }, 0);
            const moved = promised.reduce((total, p) => total + toNumber(sum(square(p))), 0);
            const error = Math.sqrt(wrong);
            const affine = declared || error <= AFFINE * Math.sqrt(moved);
            const final = affine || error <= ROUNDING * scale();
            const descent = toNumber(dot(slope, direction));
            const accepted = final
              ? 1
              : SHORTENED.find((s) => {
                  const trial = s === 1 ? seen : residualsAt(plus(value, direction, s));
                  const proximity = scope(() => toNumber(dot(plus(shift, direction, s / 2), direction)));
                  return change(terms, trial, before) + beta * s * proximity <= ARMIJO * s * descent;
                });
            if (accepted !== undefined)
              return {
                size,
                relative,
                shift: plus(shift, direction, accepted),
                iterations,
                residual: solved.residual,
                affine,
                final,
              };
            // The curvature along the rejected direction, and from there on tenfold.
            const along = toNumber(sum(square(solved.value)));
            damping =
              damping === 0 ? Math.max(-descent / along - beta, 1e-3 * beta, 1e-12) * 4 : 10 * damping;
          }
          return { size, relative, shift: undefined, iterations, residual: 1, affine: false, final: true };
        } finally {
          for (const { release } of linear) release();
        }
      });

    const solve = (): Progress => {
      const linearisations = solver.kind === 'cg' ? 1 : MOST_LINEARISATIONS;
      let shift: Tree.Tree = Tree.map((leaf) => mul(leaf, 0))(start);
      let first: number | undefined;
      let iterations = 0;
      for (let k = 0; k <= linearisations; k++) {
        const next = step(shift, first, k === linearisations);
        first ??= next.size;
        iterations += next.iterations;
        if (next.shift === undefined) {
          const residual = next.size === 0 ? 0 : next.relative;
          return { shift, iterations, residual, affine: false };
        }
        ({ shift } = next);
        if (next.final) return { shift, iterations, residual: next.residual, affine: next.affine };
      }
      return fail('solver', 'linearised', 'an end', 'none');
    };
    const { shift, iterations, residual, affine } = solve();
    return {
      value: shift,
      report: {
        route: affine ? 'matrixFree' : 'gaussNewton',
        precision: 'float32',
        iterations,
        residual,
        converged: residual <= tolerance,
      },
    };
  });
