/**
 * The published formulas of optimizers that look at whole tensors, transcribed in float64 from
 * their papers.
 */
import { type OptimizerReference, type OptimizerTreeReference, type HostTensor } from './entry';
import {
  combined,
  identityMatrix,
  inverseMatrix,
  type Matrix,
  matrixOf,
  normOf,
  matrixProduct,
  transposed,
} from './matrices';

/**
 * Applies the published formula of an optimizer for one number to each number of a tree, each with
 * a state of its own. A law compares the optimizer with it.
 *
 * @param reference the formula of one number, in float64
 *
 * @example
 * const gradientDescent = ofEachNumber(() => (d) => 0.1 * d);
 * const step = gradientDescent();
 * const at = { path: 'w', shape: [2] };
 * const [update] = step(
 *   [{ ...at, numbers: Float64Array.of(1, 2) }],
 *   [{ ...at, numbers: Float64Array.of(0, 0) }],
 *   1,
 * );
 * Array.from(update ?? []) // [0.1, 0.2]
 */
export const ofEachNumber =
  (reference: OptimizerReference): OptimizerTreeReference =>
  () => {
    const rules = new Map<string, ReturnType<OptimizerReference>>();
    const ruleAt = (place: string): ReturnType<OptimizerReference> => {
      const rule = rules.get(place) ?? reference();
      rules.set(place, rule);
      return rule;
    };
    return (directions, parameters, t) =>
      directions.map(({ path, numbers }, l) =>
        numbers.map((d, k) => ruleAt(`${path}[${k}]`)(d, parameters[l]?.numbers[k] ?? Number.NaN, t)),
      );
  };

/** A tree of which each tensor goes by the formula that `of` names. */
export const groupedReference =
  (of: (path: string, shape: readonly number[]) => OptimizerTreeReference): OptimizerTreeReference =>
  () => {
    const rules = new Map<string, ReturnType<OptimizerTreeReference>>();
    return (directions, parameters, t) =>
      directions.map((direction, l) => {
        const { path, shape } = direction;
        const rule = rules.get(path) ?? of(path, shape)();
        rules.set(path, rule);
        const [update = new Float64Array(0)] = rule([direction], parameters.slice(l, l + 1), t);
        return update;
      });
  };

/**
 * The rows and columns of a tensor by its last two axes, and the number of such matrices before
 * them.
 */
const matricesOf = (shape: readonly number[]): readonly [count: number, rows: number, columns: number] => {
  const [columns = 1, rows = 1, ...others] = [...shape].reverse();
  return [others.reduce((a, b) => a * b, 1), rows, columns];
};

/**
 * Shazeer and Stern 2018, algorithms 4 and 5 with means in place of sums, and the update clipping
 * of section 6.
 */
export const adafactorReference =
  (rate: number, exponent = 0.8, epsilon = 1e-30, threshold = 1): OptimizerTreeReference =>
  () => {
    const memory = new Map<string, Float64Array>();
    /** The running average of a list of numbers, by name. */
    const averaged = (name: string, beta: number, now: readonly number[]): Float64Array => {
      const before = memory.get(name) ?? new Float64Array(now.length);
      const after = before.map((v, i) => beta * v + (1 - beta) * (now[i] ?? Number.NaN));
      memory.set(name, after);
      return after;
    };
    const unclipped = ({ path, shape, numbers }: HostTensor, beta: number): Float64Array => {
      const squares = Array.from(numbers, (g) => g * g + epsilon);
      if (shape.length < 2) {
        const v = averaged(path, beta, squares);
        return numbers.map((g, i) => g / Math.sqrt(v[i] ?? Number.NaN));
      }
      const [count, rows, columns] = matricesOf(shape);
      const out = new Float64Array(numbers.length);
      for (let m = 0; m < count; m++) {
        const at = (i: number, j: number): number => (m * rows + i) * columns + j;
        const mean = (n: number, f: (k: number) => number): number =>
          Array.from({ length: n }, (_, k) => f(k)).reduce((a, b) => a + b, 0) / n;
        const square = (i: number, j: number): number => squares[at(i, j)] ?? Number.NaN;
        const byRow = Array.from({ length: rows }, (_, i) => mean(columns, (j) => square(i, j)));
        const byColumn = Array.from({ length: columns }, (_, j) => mean(rows, (i) => square(i, j)));
        const r = averaged(`${path} rows ${m}`, beta, byRow);
        const c = averaged(`${path} columns ${m}`, beta, byColumn);
        const total = mean(rows, (i) => r[i] ?? Number.NaN);
        for (let i = 0; i < rows; i++)
          for (let j = 0; j < columns; j++)
            out[at(i, j)] =
              (numbers[at(i, j)] ?? Number.NaN) /
              Math.sqrt(((r[i] ?? Number.NaN) * (c[j] ?? Number.NaN)) / total);
      }
      return out;
    };
    return (directions, _parameters, t) =>
      directions.map((direction) => {
        const u = unclipped(direction, 1 - t ** -exponent);
        const rms = normOf([...u]) / Math.sqrt(u.length);
        return u.map((v) => (rate * v) / Math.max(1, rms / threshold));
      });
  };

/**
 * Jordan et al. 2024, `zeropower_via_newtonschulz5`, with Nesterov's momentum; the factor of Liu et
 * al. 2025.
 */
export const muonReference =
  (rate: number, mu = 0.95, lambda = 0): OptimizerTreeReference =>
  () => {
    const buffers = new Map<string, Float64Array>();
    return (directions, parameters) =>
      directions.map(({ path, shape, numbers }, l) => {
        const before = buffers.get(path) ?? new Float64Array(numbers.length);
        const buffer = before.map((b, i) => mu * b + (numbers[i] ?? Number.NaN));
        buffers.set(path, buffer);
        const g = numbers.map((d, i) => d + mu * (buffer[i] ?? Number.NaN));
        const matrix = matrixOf(g, shape);
        const [rows, columns] = [matrix.length, g.length / matrix.length];
        let x: Matrix = combined(matrix, 1 / normOf([...g]), matrix, 0);
        if (rows > columns) x = transposed(x);
        for (let k = 0; k < 5; k++) {
          const a = matrixProduct(x, transposed(x));
          x = combined(x, 3.4445, matrixProduct(combined(a, -4.775, matrixProduct(a, a), 2.0315), x), 1);
        }
        if (rows > columns) x = transposed(x);
        const factor = 0.2 * Math.sqrt(Math.max(rows, columns));
        const theta = parameters[l]?.numbers;
        return Float64Array.from(
          x.flat(),
          (o, i) => rate * (factor * o + lambda * (theta?.[i] ?? Number.NaN)),
        );
      });
  };

/** A^(1/2) and A^(−1/2) by Denman and Beavers (1976). */
const squareRoots = (a: Matrix): readonly [Matrix, Matrix] => {
  let [y, z] = [a, identityMatrix(a.length)];
  for (let k = 0; k < 40; k++)
    [y, z] = [combined(y, 0.5, inverseMatrix(z), 0.5), combined(z, 0.5, inverseMatrix(y), 0.5)];
  return [y, z];
};

/**
 * Gupta, Koren and Singer 2018, algorithm 1, with roots by another iteration than the optimizer's;
 * their diagonals for sides of more than `most` numbers, and roots of the first f updates and every f-th.
 */
export const shampooReference =
  (rate: number, epsilon: number, { every = 1, most = Infinity } = {}): OptimizerTreeReference =>
  () => {
    const sums = new Map<string, Matrix>();
    const roots = new Map<string, Matrix>();
    const rootOf = (name: string, more: Matrix, fourth: boolean, t: number): Matrix => {
      const whole = more.length <= most;
      const product = whole ? more : more.map((row, i) => row.map((v, j) => (i === j ? v : 0)));
      const total = combined(sums.get(name) ?? identityMatrix(more.length, epsilon), 1, product, 1);
      sums.set(name, total);
      const before = roots.get(name);
      if (before !== undefined && whole && t > every && (t - 1) % every !== 0) return before;
      const [half, minusHalf] = squareRoots(total);
      const root = fourth ? squareRoots(half)[1] : minusHalf;
      roots.set(name, root);
      return root;
    };
    return (directions, _parameters, t) =>
      directions.map(({ path, shape, numbers }) => {
        const g = matrixOf(numbers, shape);
        const two = shape.length >= 2;
        const scaled = matrixProduct(rootOf(`${path} left`, matrixProduct(g, transposed(g)), two, t), g);
        const found = two
          ? matrixProduct(scaled, rootOf(`${path} right`, matrixProduct(transposed(g), g), two, t))
          : scaled;
        return Float64Array.from(found.flat(), (v) => rate * v);
      });
  };
