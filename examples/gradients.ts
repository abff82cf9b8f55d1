/**
 * Autodiff over parameter trees: value and gradient, vjp and jvp, each compared with differences.
 *
 *     npx ts-node examples/gradients.ts
 */
import { add, matMul, mean, square, sub, sum, tanh, type Tensor, topk } from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/Either';
import { pipe } from 'fp-ts/function';
import {
  attempt,
  describe,
  error,
  jvp,
  Key,
  onReference,
  orThrow,
  Report,
  scope,
  tensor64,
  toHost,
  toNumber,
  valueAndGradient,
  vjp,
} from '../src';
import { innerProduct, norm } from '../src/internal';
import { started } from '../cli/show';
import { options, runExample } from './support/cli';

// A type alias: only aliases are trees to the compiler.
type Parameters = { readonly w: Tensor; readonly b: Tensor };

/** A pure function of a tree, made of tfjs ops: a dense layer with tanh. */
const forward =
  (x: Tensor) =>
  ({ w, b }: Parameters): Tensor =>
    tanh(add(matMul(x, w), b));

const loss =
  (x: Tensor, y: Tensor) =>
  (p: Parameters): Tensor =>
    mean(square(sub(forward(x)(p), y)));

/** (f(p + hv) − f(p − hv)) / 2h in float64, with the same function on the reference backend. */
const difference = (
  f: (p: Parameters, x: Tensor, y: Tensor) => Tensor,
  p: Parameters,
  v: Parameters,
  x: Tensor,
  y: Tensor,
): Float64Array => {
  const h = 1e-5;
  const host = (t: Tensor) => ({ values: toHost(t), shape: t.shape });
  const [w, b, dw, db, hx, hy] = [p.w, p.b, v.w, v.b, x, y].map(host);
  return onReference(() =>
    scope(() => {
      const at = (value: typeof w, along: typeof w, step: number): Tensor =>
        value === undefined
          ? tensor64(new Float64Array(0), [0])
          : tensor64(
              value.values.map((e, i) => e + step * (along?.values[i] ?? 0)),
              value.shape,
            );
      const value = (step: number) =>
        toHost(f({ w: at(w, dw, step), b: at(b, db, step) }, at(hx, undefined, 0), at(hy, undefined, 0)));
      const [above, below] = [value(h), value(-h)];
      return above.map((e, i) => (e - (below[i] ?? 0)) / (2 * h));
    }),
  );
};

runExample(
  {
    name: 'gradients',
    description: 'Value, gradient, vjp and jvp, compared with differences.',
    options: { backend: options.backend(), threads: options.threads(), seed: options.seed() },
  },
  ({ backend, threads, seed }) =>
    async () => {
      const running = await started(backend, threads)();
      if (E.isLeft(running)) return running;
      return attempt(() => {
        scope(() => {
          const draw = (i: number, shape: number[]) => Key.uniform(Key.fold(Key.key(seed), i), shape, -1, 1);
          const x = draw(0, [8, 5]);
          const y = draw(1, [8, 3]);
          const p: Parameters = { w: draw(2, [5, 3]), b: draw(3, [3]) };
          const v: Parameters = { w: draw(4, [5, 3]), b: draw(5, [3]) };
          const u = draw(6, [8, 3]);

          const { value, gradient } = orThrow(valueAndGradient(loss(x, y))(p));
          const { cotangent } = orThrow(vjp(forward(x))(p, u));
          const { tangent } = orThrow(jvp(forward(x))(p, v));

          const along = difference((q, a, b) => loss(a, b)(q), p, v, x, y)[0] ?? Number.NaN;
          const moved = difference((q, a) => forward(a)(q), p, v, x, y);
          const movedAlongU = moved.reduce((s, e, i) => s + e * (toHost(u)[i] ?? 0), 0);
          const rows: (readonly [string, number, number])[] = [
            ['⟨∇f, v⟩', innerProduct(gradient, v), along],
            ['⟨Jᵀu, v⟩ by vjp', innerProduct(cotangent, v), movedAlongU],
            ['⟨u, Jv⟩ by jvp', innerProduct(u, tangent), movedAlongU],
            ['‖Jv‖ by jvp', norm(tangent), Math.hypot(...moved)],
          ];
          console.log(`f(p) = ${toNumber(value).toFixed(6)} on ${backend}\n`);
          console.log(
            Report.table(
              ['what', 'autodiff', 'differences'],
              rows.map(([what, a, b]) => [what, a.toFixed(7), b.toFixed(7)]),
            ),
          );
          // An op without a gradient is an error value that names it.
          const refused = valueAndGradient(({ w }: { readonly w: Tensor }) => sum(topk(w, 1).values))({
            w: p.w,
          });
          console.log(
            `\n${pipe(
              refused,
              E.match(describe, () => 'topk has a gradient'),
            )}`,
          );
          const worst = Math.max(...rows.map(([, a, b]) => Math.abs(a - b)));
          // Float32 autodiff of sums of 24 numbers of size 1, against float64 differences.
          if (!(worst <= 1e-5))
            orThrow(E.left(error('gradient', 'gradients', 'agreement within 1e-5', `${worst}`)));
        });
      });
    },
);
