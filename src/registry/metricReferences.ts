/**
 * The published formulas of optimizers in a metric of their own, transcribed in float64 from their
 * papers, by other routes than theirs.
 */
import { type OptimizerTreeReference } from './entry';
import {
  choleskyOf,
  combined,
  identityMatrix,
  inverseMatrix,
  type Matrix,
  matrixOf,
  matrixProduct,
  transposed,
} from './matrices';

/** The orthogonal factor of the columns: S·R⁻¹ with RᵀR = SᵀS. */
const orthogonal = (s: Matrix): Matrix =>
  matrixProduct(s, inverseOfUpper(transposed(choleskyOf(matrixProduct(transposed(s), s)))));

const inverseOfUpper = (r: Matrix): Matrix =>
  // RᵀR·R⁻¹ = Rᵀ, so that the inverse is that of a positive definite matrix times Rᵀ.
  matrixProduct(inverseMatrix(matrixProduct(transposed(r), r)), transposed(r));

/**
 * Vyas et al. 2024, algorithms 3 and 4, with the shift of the optimizer and the first update of the
 * authors' program.
 */
export const soapReference =
  (
    rate: number,
    { beta1 = 0.95, beta2 = 0.95, epsilon = 1e-8, every = 10, shift = 1e-3, most = Infinity } = {},
  ): OptimizerTreeReference =>
  () => {
    const memory = new Map<string, Matrix>();
    const followed = (name: string, gram: Matrix, t: number): Matrix => {
      const n = gram.length;
      let basis = memory.get(`${name} basis`) ?? identityMatrix(n);
      const factor = combined(memory.get(name) ?? identityMatrix(n, 0), beta2, gram, 1 - beta2);
      memory.set(name, factor);
      const trace = factor.reduce((sum, row, i) => sum + (row[i] ?? Number.NaN), 0);
      const times = t === 1 ? 4 : Number((t - 1) % every === 0);
      if (trace > 0)
        for (let k = 0; k < times; k++)
          basis = orthogonal(matrixProduct(combined(factor, 1, identityMatrix(n, trace / n), shift), basis));
      memory.set(`${name} basis`, basis);
      return basis;
    };
    return (directions, _parameters, t) =>
      directions.map(({ path, shape, numbers }) => {
        const g = matrixOf(numbers, shape);
        const [rows, columns] = [g.length, numbers.length / g.length];
        const is2d = shape.length >= 2;
        const basisAt = (side: string, n: number): Matrix =>
          is2d && n <= most ? (memory.get(`${path} ${side} basis`) ?? identityMatrix(n)) : identityMatrix(n);
        const [left, right] = [basisAt('left', rows), basisAt('right', columns)];
        if (is2d && rows <= most) followed(`${path} left`, matrixProduct(g, transposed(g)), t);
        if (is2d && columns <= most) followed(`${path} right`, matrixProduct(transposed(g), g), t);
        if (t === 1) return numbers.map(() => 0);
        const nothing = combined(g, 0, g, 0);
        const turned = (x: Matrix): Matrix => matrixProduct(matrixProduct(transposed(left), x), right);
        const m = combined(memory.get(`${path} m`) ?? nothing, beta1, g, 1 - beta1);
        const squares = turned(g).map((row) => row.map((v) => v * v));
        const v = combined(memory.get(`${path} v`) ?? nothing, beta2, squares, 1 - beta2);
        memory.set(`${path} m`, m);
        memory.set(`${path} v`, v);
        const n = turned(m).map((row, i) =>
          row.map((x, j) => {
            const second = (v[i]?.[j] ?? Number.NaN) / (1 - beta2 ** (t - 1));
            return x / (1 - beta1 ** (t - 1)) / (Math.sqrt(second) + epsilon);
          }),
        );
        const update = matrixProduct(matrixProduct(left, n), transposed(right));
        return Float64Array.from(update.flat(), (u) => rate * u);
      });
  };

/**
 * Nocedal and Wright, equation 7.16, on the matrix H itself, of the last `most` pairs with
 * curvature.
 */
export const lbfgsReference =
  (rate: number, most: number, curvature: number): OptimizerTreeReference =>
  () => {
    let before: { readonly theta: Matrix; readonly d: Matrix } | undefined;
    let pairs: readonly { readonly s: Matrix; readonly y: Matrix }[] = [];
    const dot = (a: Matrix, b: Matrix): number =>
      a.reduce((sum, [x = Number.NaN], i) => sum + x * (b[i]?.[0] ?? Number.NaN), 0);
    return (directions, parameters) => {
      const column = (tensors: typeof directions): Matrix =>
        tensors.flatMap(({ numbers }) => Array.from(numbers, (v) => [v]));
      const [theta, d] = [column(parameters), column(directions)];
      if (before !== undefined) {
        const s = combined(theta, 1, before.theta, -1);
        const y = combined(d, 1, before.d, -1);
        if (dot(s, y) > curvature * Math.sqrt(dot(s, s) * dot(y, y)))
          pairs = [...pairs, { s, y }].slice(-most);
      }
      before = { theta, d };
      const n = d.length;
      const newest = pairs.at(-1);
      const first =
        newest === undefined
          ? Math.min(1, 1 / Math.sqrt(dot(d, d)))
          : dot(newest.s, newest.y) / dot(newest.y, newest.y);
      const h = pairs.reduce<Matrix>(
        (of, { s, y }) => {
          const rho = 1 / dot(s, y);
          const side = combined(identityMatrix(n), 1, matrixProduct(s, transposed(y)), -rho);
          return combined(
            matrixProduct(matrixProduct(side, of), transposed(side)),
            1,
            matrixProduct(s, transposed(s)),
            rho,
          );
        },
        identityMatrix(n, first),
      );
      const update = matrixProduct(h, d);
      let from = 0;
      return directions.map(({ numbers }) =>
        Float64Array.from(update.slice(from, (from += numbers.length)), ([u = Number.NaN]) => rate * u),
      );
    };
  };

/** Decoupled weight decay beside a rule: each update grows by `amount` times the parameters. */
export const withDecay =
  (reference: OptimizerTreeReference, amount: number): OptimizerTreeReference =>
  () => {
    const rule = reference();
    return (directions, parameters, t) =>
      rule(directions, parameters, t).map((update, i) =>
        update.map((u, j) => u + amount * (parameters[i]?.numbers[j] ?? Number.NaN)),
      );
  };
