/** Formulas of what only tests chain, transcribed in float64. Those of the optimizers are in `src/registry`, once. */
import { type TreeReference } from '../../laws';
import {
  combined,
  identityMatrix,
  inverseMatrix,
  type Matrix,
  matrixProduct,
  transposed,
} from '../../src/registry/matrices';

const normOf = (numbers: readonly number[]): number => Math.sqrt(numbers.reduce((s, v) => s + v * v, 0));

/** Pascanu, Mikolov and Bengio 2013, algorithm 1. */
export const clippedReference =
  (rate: number, most: number): TreeReference =>
  () =>
  (directions) => {
    const norm = normOf(directions.flatMap(({ numbers }) => [...numbers]));
    return directions.map(({ numbers }) => numbers.map((g) => rate * (norm > most ? (g * most) / norm : g)));
  };

/** The same on the tensors that are chosen; others as they are. */
export const maskedClipReference =
  (rate: number, most: number, chosen: (path: string) => boolean): TreeReference =>
  () => {
    const clipped = clippedReference(rate, most)();
    return (directions, parameters, t) => {
      const part = clipped(
        directions.filter(({ path }) => chosen(path)),
        parameters,
        t,
      );
      let i = 0;
      return directions.map(({ path, numbers }) =>
        chosen(path) ? (part[i++] ?? new Float64Array(0)) : numbers.map((g) => rate * g),
      );
    };
  };

/** Weights [W, b] of dense layers with tanh between them. */
export type Dense = readonly Matrix[];

const withOnes = (x: Matrix): Matrix => x.map((row) => [...row, 1]);
const softmax = (row: readonly number[]): readonly number[] => {
  const most = Math.max(...row);
  const exps = row.map((v) => Math.exp(v - most));
  const total = exps.reduce((a, b) => a + b, 0);
  return exps.map((v) => v / total);
};

/** [x, 1] of every layer, and the softmax of the outputs. */
export const forwardOf = (
  weights: Dense,
  x: Matrix,
): { readonly inputs: readonly Matrix[]; readonly p: Matrix } => {
  const inputs: Matrix[] = [];
  let h = x;
  weights.forEach((w, l) => {
    const a = withOnes(h);
    inputs.push(a);
    const z = matrixProduct(a, transposed(w));
    h = l === weights.length - 1 ? z : z.map((row) => row.map(Math.tanh));
  });
  return { inputs, p: h.map(softmax) };
};

/** The gradients of the mean cross-entropy by the outputs of every layer, [N, units]. */
const backwardOf = (
  weights: Dense,
  { inputs, p }: ReturnType<typeof forwardOf>,
  classes: readonly number[],
): readonly Matrix[] => {
  const n = p.length;
  const found: Matrix[] = [];
  let g: Matrix = p.map((row, i) => row.map((v, c) => (v - Number(classes[i] === c)) / n));
  for (let l = weights.length - 1; l >= 0; l--) {
    found[l] = g;
    const a = inputs[l] ?? [];
    const back = matrixProduct(g, weights[l] ?? []);
    // Of [h, 1] without the ones, through tanh.
    g = back.map((row, i) => row.slice(0, -1).map((v, j) => v * (1 - (a[i]?.[j] ?? Number.NaN) ** 2)));
  }
  return found;
};

const trace = (m: Matrix): number => m.reduce((sum, row, i) => sum + (row[i] ?? Number.NaN), 0);

export interface NaturalOptions {
  readonly rate: number;
  readonly damping: number;
  readonly average: number;
  readonly every: number;
  /** Heavy ball on the natural gradient. */
  readonly momentum: number;
}

/**
 * Martens and Grosse 2015, sections 2, 5 and 6.3, with a fixed λ; without drawn classes, Benzing 2022, equation of FOOF. Running means as
 * Adam's are, divided by 1 − ρᵗ.
 */
export const naturalReference = ({ rate, damping, average, every, momentum }: NaturalOptions) => {
  const memory = new Map<string, Matrix>();
  let t = 0;
  return (weights: Dense, x: Matrix, classes: readonly number[], drawn?: readonly number[]): Dense => {
    t += 1;
    const passed = forwardOf(weights, x);
    const n = x.length;
    const gradients = backwardOf(weights, passed, classes);
    const outer = drawn === undefined ? undefined : backwardOf(weights, passed, drawn);
    const averaged = (name: string, now: Matrix): Matrix => {
      const before = memory.get(name) ?? combined(now, 0, now, 0);
      const next = combined(before, average, now, 1 - average);
      memory.set(name, next);
      return combined(next, 1 / (1 - average ** t), next, 0);
    };
    const kept = (name: string, make: () => Matrix): Matrix => {
      const old = memory.get(name);
      if (old !== undefined && (t - 1) % every !== 0) return old;
      const made = make();
      memory.set(name, made);
      return made;
    };
    const damped = (m: Matrix, by: number): Matrix =>
      inverseMatrix(combined(m, 1, identityMatrix(m.length), by));
    return weights.map((w, l) => {
      const [a = [], h = []] = [passed.inputs[l], gradients[l]];
      const inputs = averaged(
        `A${l}`,
        combined(matrixProduct(transposed(a), a), 1 / n, identityMatrix((a[0] ?? []).length), 0),
      );
      const g = outer?.[l];
      const outputs =
        g === undefined
          ? undefined
          : averaged(
              `G${l}`,
              combined(matrixProduct(transposed(g), g), n, identityMatrix((g[0] ?? []).length), 0),
            );
      const pi =
        outputs === undefined
          ? 1
          : Math.sqrt(trace(inputs) / inputs.length / (trace(outputs) / outputs.length));
      const root = outputs === undefined ? damping : Math.sqrt(damping);
      const right = kept(`A${l} inverse`, () => damped(inputs, pi * root));
      const left =
        outputs === undefined
          ? identityMatrix(w.length)
          : kept(`G${l} inverse`, () => damped(outputs, root / pi));
      const natural = matrixProduct(matrixProduct(left, matrixProduct(transposed(h), a)), right);
      const m = combined(memory.get(`m${l}`) ?? combined(natural, 0, natural, 0), momentum, natural, 1);
      memory.set(`m${l}`, m);
      return combined(w, 1, m, -rate);
    });
  };
};
