/**
 * Implicit steps on parameters as ridge problems: the rows of all links that share θ, and
 * ‖V‖²/(2τ). Each is one piece of work for a plan, which decides by what it reads.
 */
import { type Tensor } from '@tensorflow/tfjs-core';
import { fail, inPhase, readsStall, scope, Tree } from '../core';
import { type Energy, type Link } from '../energy';
import { asWork } from '../replay';
import {
  averages,
  type AnySolver,
  type GramMean,
  solveAveraged,
  type SolveReport,
  solveRidge,
  stacked,
  type Weighted,
} from '../solver';
import { type Moved } from './evaluator';
import { sharedDesigns } from './sharedDesigns';

/** ½·weight·‖r − A·V‖² for the decrement V of θ, from one of the links that share θ. */
export interface Rows {
  readonly link: Link;
  readonly weight: number;
  /** The values of the variables that the link reads. */
  readonly inputs: readonly Tensor[];
  /** r, of the shape of the link's outputs. */
  readonly residual: Tensor;
}

/** The implicit steps on the parameters of one energy, from one batch after another. */
export interface RidgeSolves {
  /** The step on θ_l with β = 1/(weight·τ). `mean` is the running mean of AᵀA/R. */
  readonly solve: (
    rows: readonly Rows[],
    tau: number,
    solver: AnySolver,
    mean: GramMean | undefined,
  ) => Moved;
  /** Announces that solves will repeat at the same inputs. */
  readonly again: () => void;
  /** Frees everything that no link reads that is still used. */
  readonly forget: (looksAt: (link: number) => boolean) => void;
  /** Ends a batch: frees everything, and gives the reports of its solves in order. */
  readonly end: () => readonly SolveReport[];
}

/** A piece of `Rows` without tensors. */
type Row = Omit<Rows, 'inputs' | 'residual'>;

/** The rows and their tensors in one list: of each row its inputs, then its residual. */
const rowsAt = (rows: readonly Row[], tensors: readonly Tensor[]): readonly Rows[] => {
  let next = 0;
  return rows.map(({ link, weight }) => {
    const inputs = tensors.slice(next, next + link.reads.length);
    next += inputs.length + 1;
    const residual = tensors[next - 1] ?? fail('schedule', link.name, 'a residual', 'none');
    return { link, weight, inputs, residual };
  });
};

/** The implicit steps on the parameters of an energy. You call `end` after each batch. */
export const ridgeSolves = (energy: Energy): RidgeSolves => {
  const designs = sharedDesigns(energy);
  let reports: readonly SolveReport[] = [];
  const problemOf = ({ link, weight, inputs, residual }: Rows): Weighted<Tree.Tree> => {
    const plain = link.design?.(inputs) ?? fail('schedule', link.name, 'a design', 'none');
    const design = designs.of(link, inputs, plain);
    return { design, rest: design.outputs(residual), weight };
  };
  const solved = (rows: readonly Rows[], tau: number, solver: AnySolver, mean?: GramMean): Moved =>
    scope(() => {
      const [first, ...others] = rows.map(problemOf);
      if (first === undefined) return fail('schedule', 'θ', 'a link that takes it', 'none');
      const relative = ({ weight, ...system }: Weighted<Tree.Tree>): Weighted<Tree.Tree> => ({
        ...system,
        weight: weight / first.weight,
      });
      const { design, rest } =
        others.length === 0 ? first : stacked(relative(first), ...others.map(relative));
      const beta = 1 / (first.weight * tau);
      const mayRead = !readsStall();
      const moved: Moved = averages(solver, design)
        ? solveAveraged(design, rest, beta, solver, mean, mayRead)
        : solveRidge(design, rest, beta, solver, mayRead);
      reports = [...reports, moved.report];
      return moved;
    });
  /** A step as work on the tensors of its rows; apart, so that a plan keeps no tensors of one batch. */
  const workOf =
    (rows: readonly Row[], tau: number, solver: AnySolver) =>
    (tensors: readonly Tensor[]): Moved =>
      inPhase('solve', () => solved(rowsAt(rows, tensors), tau, solver));
  return {
    solve: (given, tau, solver, mean) => {
      // It is a step from batch to batch, of which the memory is a part.
      if (solver.kind === 'exact' && solver.average !== undefined) return solved(given, tau, solver, mean);
      const rows = given.map(({ link, weight }): Row => ({ link, weight }));
      return asWork(
        [rows.map(({ link, weight }) => [link.number, weight]), tau, solver],
        given.flatMap(({ inputs, residual }) => [...inputs, residual]),
        workOf(rows, tau, solver),
        ({ value }) => Tree.leaves(value),
      );
    },
    again: designs.again,
    forget: (looksAt) => {
      const { names, free } = designs.unread(looksAt);
      if (names.length > 0) asWork(names, [], free, () => []);
    },
    end: () => {
      const all = reports;
      reports = [];
      designs.release();
      return all;
    },
  };
};
