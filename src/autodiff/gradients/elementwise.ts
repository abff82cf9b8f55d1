/**
 * Gradients of elementwise ops. The README of autodiff states the derivatives at kinks and ties.
 */
import {
  add,
  backend_util,
  cast,
  cos,
  cosh,
  div,
  equal,
  exp,
  fill,
  floor,
  greater,
  greaterEqual,
  isNaN,
  type GradConfig,
  less,
  lessEqual,
  log,
  logicalAnd,
  logicalOr,
  minimum,
  mul,
  neg,
  pow,
  reciprocal,
  rsqrt,
  scalar,
  sigmoid,
  sign,
  sin,
  sinh,
  square,
  sub,
  type Tensor,
  where,
  zerosLike,
} from '@tensorflow/tfjs-core';
import { stepped } from '../../ops';
import {
  binary,
  flat,
  numberAttr,
  rule,
  saved,
  unary,
  unaryByOutput,
  unbroadcast,
  type GradientRule,
} from './rule';

const real = (condition: Tensor): Tensor => cast(condition, 'float32');
const oneMinus = (x: Tensor): Tensor => sub(scalar(1), x);
const onePlus = (x: Tensor): Tensor => add(scalar(1), x);
/**
 * A number that float32 does not represent exactly, with all digits of the backend: `scalar` would
 * round it.
 */
const constant = (value: number): Tensor => fill([], value);
/** `above` if x > 0, otherwise `below`. */
const bySign = (x: Tensor, above: Tensor, below: Tensor): Tensor => where(greater(x, 0), above, below);
const ones = (x: Tensor): Tensor => onePlus(zerosLike(x));
/**
 * The derivative, and NaN where x is NaN: comparisons with NaN are false, so a derivative built on
 * them would be a number there.
 */
const orNaN = (x: Tensor, derivative: Tensor): Tensor => where(isNaN(x), x, derivative);
/** 1 if a condition on two numbers holds, otherwise 0, and NaN if one of them is NaN. */
const comparison = (condition: Tensor, a: Tensor, b: Tensor): Tensor =>
  where(logicalOr(isNaN(a), isNaN(b)), constant(Number.NaN), real(condition));
/** exp(x) for x ≤ 0. It must not overflow for other x, as 0 · ∞ would spoil second derivatives. */
const expBelow = (x: Tensor): Tensor => exp(minimum(x, 0));

const unaries: readonly GradientRule[] = [
  unary('Abs', sign),
  unary('Acos', (x) => neg(rsqrt(oneMinus(square(x))))),
  unary('Acosh', (x) => rsqrt(sub(square(x), 1))),
  unary('Asin', (x) => rsqrt(oneMinus(square(x)))),
  unary('Asinh', (x) => rsqrt(onePlus(square(x)))),
  unary('Atan', (x) => reciprocal(onePlus(square(x)))),
  unary('Atanh', (x) => reciprocal(oneMinus(square(x)))),
  unary('Cos', (x) => neg(sin(x))),
  unary('Cosh', sinh),
  unary('Elu', (x) => bySign(x, ones(x), expBelow(x))),
  unary('Erf', (x) => mul(exp(neg(square(x))), constant(2 / Math.sqrt(Math.PI)))),
  unaryByOutput('Exp', (y) => y),
  unary('Expm1', exp),
  unary('LeakyRelu', (x, attrs) =>
    orNaN(x, bySign(x, ones(x), mul(ones(x), constant(numberAttr(attrs['alpha'], 0.2))))),
  ),
  unary('Log', reciprocal),
  unary('Log1p', (x) => reciprocal(onePlus(x))),
  rule('Neg', [], (dy) => ({ x: () => neg(dy) })),
  unary('Reciprocal', (x) => neg(reciprocal(square(x)))),
  rule('Relu', ['x'], (dy, kept) => ({ x: () => stepped(dy, saved(kept, 0)) })),
  rule('Stepped', ['x'], (dy, kept) => ({
    dy: () => stepped(dy, saved(kept, 0)),
    x: () => zerosLike(saved(kept, 0)),
  })),
  unary('Relu6', (x) => orNaN(x, real(logicalAnd(greater(x, 0), less(x, 6))))),
  unary('Rsqrt', (x) => mul(div(rsqrt(x), x), -0.5)),
  unary('Selu', (x) =>
    bySign(
      x,
      mul(ones(x), constant(backend_util.SELU_SCALE)),
      mul(expBelow(x), constant(backend_util.SELU_SCALEALPHA)),
    ),
  ),
  unaryByOutput('Sigmoid', (y) => mul(y, oneMinus(y))),
  unary('Sin', cos),
  unary('Sinh', cosh),
  unary('Softplus', sigmoid),
  unaryByOutput('Sqrt', (y) => div(scalar(0.5), y)),
  unary('Square', (x) => mul(x, 2)),
  unary('Tan', (x) => reciprocal(square(cos(x)))),
  unaryByOutput('Tanh', (y) => oneMinus(square(y))),
  unary('ClipByValue', (x, attrs) => {
    const [low, high] = [numberAttr(attrs['clipValueMin'], 0), numberAttr(attrs['clipValueMax'], 0)];
    return orNaN(x, real(logicalAnd(greaterEqual(x, low), lessEqual(x, high))));
  }),
  ...['Ceil', 'Floor', 'Round', 'Sign', 'Step'].map(flat),
];

const binaries: readonly GradientRule[] = [
  binary(
    'Add',
    (dy) => dy,
    (dy) => dy,
  ),
  binary('Sub', (dy) => dy, neg),
  binary(
    'Multiply',
    (dy, _a, b) => mul(dy, b),
    (dy, a) => mul(dy, a),
  ),
  binary(
    'RealDiv',
    (dy, _a, b) => div(dy, b),
    (dy, a, b) => neg(div(mul(dy, a), square(b))),
  ),
  // At a tie the first operand takes the cotangent: each taking all of it would count it twice.
  binary(
    'Maximum',
    (dy, a, b) => mul(dy, comparison(greaterEqual(a, b), a, b)),
    (dy, a, b) => mul(dy, comparison(less(a, b), a, b)),
  ),
  binary(
    'Minimum',
    (dy, a, b) => mul(dy, comparison(greaterEqual(b, a), a, b)),
    (dy, a, b) => mul(dy, comparison(less(b, a), a, b)),
  ),
  binary(
    'Pow',
    // 0 · 0^(0 − 1) would be 0 · ∞: the derivative of a⁰ is 0 at a = 0 too, which derivatives of aⁿ
    // come down to.
    (dy, a, b) => {
      const flatAtZero = logicalAnd(equal(a, 0), equal(b, 0));
      return mul(dy, mul(b, pow(a, where(flatAtZero, onePlus(zerosLike(b)), sub(b, 1)))));
    },
    // log(a) is finite only for a > 0; elsewhere the power is not differentiable in its exponent.
    (dy, a, b) =>
      mul(dy, mul(pow(a, b), where(greater(a, 0), log(where(greater(a, 0), a, ones(a))), zerosLike(a)))),
  ),
  binary(
    'SquaredDifference',
    (dy, a, b) => mul(dy, mul(sub(a, b), 2)),
    (dy, a, b) => mul(dy, mul(sub(b, a), 2)),
  ),
  binary(
    'Atan2',
    (dy, a, b) => div(mul(dy, b), add(square(a), square(b))),
    (dy, a, b) => neg(div(mul(dy, a), add(square(a), square(b)))),
  ),
  binary(
    'Mod',
    (dy) => dy,
    (dy, a, b) => neg(mul(dy, floor(div(a, b)))),
  ),
  binary(
    'FloorDiv',
    (dy) => zerosLike(dy),
    (dy) => zerosLike(dy),
  ),
];

const addN: GradConfig = {
  kernelName: 'AddN',
  saveAllInputs: true,
  gradFunc: (dy, kept) =>
    Object.fromEntries(
      kept.map((x, i) => [`${i}`, () => unbroadcast(Array.isArray(dy) ? saved(dy, 0) : dy, x.shape)]),
    ),
};

const prelu = rule('Prelu', ['x', 'alpha'], (dy, kept) => {
  const x = saved(kept, 0);
  const alpha = saved(kept, 1);
  return {
    x: () => unbroadcast(orNaN(x, bySign(x, dy, mul(dy, alpha))), x.shape),
    alpha: () => unbroadcast(bySign(x, zerosLike(dy), mul(dy, x)), alpha.shape),
  };
});

export const elementwise: readonly GradientRule[] = [...unaries, ...binaries, addN, prelu];
