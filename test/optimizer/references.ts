/** The published formulas of the optimizers, transcribed in float64 from their papers: none of the library's code is used. */
import { type HostTensor, type Reference, type TreeReference } from '../../laws';

type Rate = (t: number) => number;

export const adamReference =
  (rate: Rate, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8, decay = 0): Reference =>
  () => {
    let [m, v] = [0, 0];
    return (d, p, t) => {
      m = beta1 * m + (1 - beta1) * d;
      v = beta2 * v + (1 - beta2) * d * d;
      const direction = m / (1 - beta1 ** t) / (Math.sqrt(v / (1 - beta2 ** t)) + epsilon);
      return rate(t) * (direction + decay * p);
    };
  };

/** Dozat 2016, algorithm 2, with a constant μ. */
export const nadamReference =
  (rate: number, mu = 0.9, nu = 0.999, epsilon = 1e-8): Reference =>
  () => {
    let [m, n] = [0, 0];
    return (g, _p, t) => {
      m = mu * m + (1 - mu) * g;
      n = nu * n + (1 - nu) * g * g;
      const first = (mu * m) / (1 - mu ** (t + 1)) + ((1 - mu) * g) / (1 - mu ** t);
      return (rate * first) / (Math.sqrt(n / (1 - nu ** t)) + epsilon);
    };
  };

export const momentumReference =
  (rate: number, mu: number, nesterovForm: boolean): Reference =>
  () => {
    let m = 0;
    return (d) => {
      m = mu * m + d;
      return rate * (nesterovForm ? d + mu * m : m);
    };
  };

/** Tieleman and Hinton 2012, with the momentum of PyTorch. */
export const rmspropReference =
  (rate: number, decay: number, epsilon: number, mu = 0): Reference =>
  () => {
    let [v, b] = [0, 0];
    return (d) => {
      v = decay * v + (1 - decay) * d * d;
      b = mu * b + d / (Math.sqrt(v) + epsilon);
      return rate * b;
    };
  };

/** Duchi, Hazan and Singer 2011, the diagonal form. */
export const adagradReference =
  (rate: number, epsilon = 1e-10): Reference =>
  () => {
    let s = 0;
    return (d) => {
      s += d * d;
      return (rate * d) / (Math.sqrt(s) + epsilon);
    };
  };

/** Zeiler 2012, algorithm 1. */
export const adadeltaReference =
  (rate: number, rho = 0.9, epsilon = 1e-6): Reference =>
  () => {
    let [squares, updates] = [0, 0];
    return (g) => {
      squares = rho * squares + (1 - rho) * g ** 2;
      const step = (Math.sqrt(updates + epsilon) / Math.sqrt(squares + epsilon)) * g;
      updates = rho * updates + (1 - rho) * step ** 2;
      return rate * step;
    };
  };

/** Chen et al. 2023, algorithm 2. */
export const lionReference =
  (rate: number, beta1 = 0.9, beta2 = 0.99, lambda = 0): Reference =>
  () => {
    let m = 0;
    return (g, theta) => {
      const c = beta1 * m + (1 - beta1) * g;
      m = beta2 * m + (1 - beta2) * g;
      return rate * (Math.sign(c) + lambda * theta);
    };
  };

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

/** A tree of which each tensor goes by the formula that `of` names. */
export const groupedReference =
  (of: (path: string, shape: readonly number[]) => TreeReference): TreeReference =>
  () => {
    const rules = new Map<string, ReturnType<TreeReference>>();
    return (directions, parameters, t) =>
      directions.map((direction, l) => {
        const { path, shape } = direction;
        const rule = rules.get(path) ?? of(path, shape)();
        rules.set(path, rule);
        const [update = new Float64Array(0)] = rule([direction], parameters.slice(l, l + 1), t);
        return update;
      });
  };

/** Rows and columns of a tensor by its last two axes, and how many such matrices there are before. */
const matricesOf = (shape: readonly number[]): readonly [count: number, rows: number, columns: number] => {
  const [columns = 1, rows = 1, ...others] = [...shape].reverse();
  return [others.reduce((a, b) => a * b, 1), rows, columns];
};

/** Shazeer and Stern 2018, algorithms 4 and 5 with means in place of sums, and the update clipping of section 6. */
export const adafactorReference =
  (rate: number, exponent = 0.8, epsilon = 1e-30, threshold = 1): TreeReference =>
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

type Matrix = readonly (readonly number[])[];
const transposed = (a: Matrix): Matrix => (a[0] ?? []).map((_, j) => a.map((row) => row[j] ?? Number.NaN));
const product = (a: Matrix, b: Matrix): Matrix =>
  a.map((row) =>
    transposed(b).map((column) => row.reduce((s, v, k) => s + v * (column[k] ?? Number.NaN), 0)),
  );
const combined = (a: Matrix, x: number, b: Matrix, y: number): Matrix =>
  a.map((row, i) => row.map((v, j) => x * v + y * (b[i]?.[j] ?? Number.NaN)));

/** Jordan et al. 2024, `zeropower_via_newtonschulz5`, with Nesterov's momentum; the factor of Liu et al. 2025. */
export const muonReference =
  (rate: number, mu = 0.95, lambda = 0): TreeReference =>
  () => {
    const buffers = new Map<string, Float64Array>();
    return (directions, parameters) =>
      directions.map(({ path, shape, numbers }, l) => {
        const before = buffers.get(path) ?? new Float64Array(numbers.length);
        const buffer = before.map((b, i) => mu * b + (numbers[i] ?? Number.NaN));
        buffers.set(path, buffer);
        const g = numbers.map((d, i) => d + mu * (buffer[i] ?? Number.NaN));
        const columns = shape.at(-1) ?? 1;
        const rows = g.length / columns;
        const matrix = Array.from({ length: rows }, (_, i) => [
          ...g.subarray(i * columns, (i + 1) * columns),
        ]);
        let x: Matrix = combined(matrix, 1 / normOf([...g]), matrix, 0);
        if (rows > columns) x = transposed(x);
        for (let k = 0; k < 5; k++) {
          const a = product(x, transposed(x));
          x = combined(x, 3.4445, product(combined(a, -4.775, product(a, a), 2.0315), x), 1);
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
