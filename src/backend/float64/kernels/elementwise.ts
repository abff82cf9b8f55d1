/**
 * Elementwise kernels: functions of one tensor, and of two that broadcast against each other.
 *
 * The formulas keep their digits in float64 (`expm1`, `log1p` …), even where tfjs's float32
 * backends use plainer ones.
 */
import { backend_util, broadcast_util, type DataType } from '@tensorflow/tfjs-core';
import { numberAt, broadcastWalk, type HostCall, type HostKernel, type KernelTable } from './call';
import { errorFunction } from './erf';

/** A function of one tensor; the result has the input's dtype unless another is given. */
const unary =
  (f: (x: number) => number, dtype?: DataType): HostKernel =>
  (call) => {
    const x = call.input('x');
    return call.fill(x.shape, dtype ?? x.dtype, (i) => f(numberAt(x.values, i)));
  };

/**
 * A function of two tensors that broadcast; the result has the first one's dtype unless another is
 * given.
 */
const binary =
  (
    f: (a: number, b: number) => number,
    dtype?: DataType,
    names: readonly [string, string] = ['a', 'b'],
  ): HostKernel =>
  (call) => {
    const a = call.input(names[0]);
    const b = call.input(names[1]);
    const shape = broadcast_util.assertAndGetBroadcastShape(a.shape, b.shape);
    const inA = broadcastWalk(a.shape, shape);
    const inB = broadcastWalk(b.shape, shape);
    return call.fill(shape, dtype ?? a.dtype, (i) =>
      f(numberAt(a.values, numberAt(inA, i)), numberAt(b.values, numberAt(inB, i))),
    );
  };

const truth =
  (f: (a: number, b: number) => boolean) =>
  (a: number, b: number): number =>
    Number(f(a, b));

/** Ties go to the even neighbour, as tfjs has it. */
const roundHalfToEven = (x: number): number => {
  const floor = Math.floor(x);
  const rest = x - floor;
  if (rest === 0.5) return floor % 2 === 0 ? floor : floor + 1;
  return rest < 0.5 ? floor : Math.ceil(x);
};

/** The remainder with the sign of the divisor. */
const modulo = (a: number, b: number): number => {
  const rest = a % b;
  return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest;
};

const elu = (x: number): number => (x >= 0 ? x : Math.expm1(x));
const selu = (x: number): number =>
  x >= 0 ? backend_util.SELU_SCALE * x : backend_util.SELU_SCALEALPHA * Math.expm1(x);
const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));
/** Never exponentiates a positive number: no overflow, and no digits lost for large x. */
const softplus = (x: number): number => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

const clip: HostKernel = (call) => {
  const least = call.number('clipValueMin');
  const most = call.number('clipValueMax');
  return unary((x) => (x > most ? most : x < least ? least : x))(call);
};

const step: HostKernel = (call) => {
  const alpha = call.number('alpha', 0);
  return unary((x) => (Number.isNaN(x) ? x : x > 0 ? 1 : alpha))(call);
};

const leakyRelu: HostKernel = (call) => {
  const alpha = call.number('alpha');
  return unary((x) => (x < 0 ? alpha * x : x), 'float32')(call);
};

const addN: HostKernel = (call: HostCall) => {
  const [first, ...rest] = call.inputs();
  if (first === undefined) return call.fault('inputs', 'at least one tensor', 'none');
  return call.fill(first.shape, first.dtype, (i) =>
    rest.reduce((sum, x) => sum + numberAt(x.values, i), numberAt(first.values, i)),
  );
};

export const elementwise: KernelTable = {
  Abs: unary(Math.abs),
  Acos: unary(Math.acos),
  Acosh: unary(Math.acosh),
  Asin: unary(Math.asin),
  Asinh: unary(Math.asinh),
  Atan: unary(Math.atan),
  Atanh: unary(Math.atanh),
  Ceil: unary(Math.ceil),
  ClipByValue: clip,
  Cos: unary(Math.cos),
  Cosh: unary(Math.cosh),
  Elu: unary(elu),
  Erf: unary(errorFunction),
  Exp: unary(Math.exp, 'float32'),
  Expm1: unary(Math.expm1),
  Floor: unary(Math.floor),
  IsFinite: unary((x) => Number(Number.isFinite(x)), 'bool'),
  IsInf: unary((x) => Number(Math.abs(x) === Infinity), 'bool'),
  IsNan: unary((x) => Number(Number.isNaN(x)), 'bool'),
  LeakyRelu: leakyRelu,
  Log: unary(Math.log),
  Log1p: unary(Math.log1p),
  LogicalNot: unary((x) => Number(x === 0), 'bool'),
  Neg: unary((x) => -x),
  Reciprocal: unary((x) => 1 / x),
  Relu: unary((x) => Math.max(0, x)),
  Relu6: unary((x) => Math.min(Math.max(0, x), 6)),
  Round: unary(roundHalfToEven),
  Rsqrt: unary((x) => 1 / Math.sqrt(x)),
  Selu: unary(selu),
  Sigmoid: unary(sigmoid),
  Sign: unary(Math.sign),
  Sin: unary(Math.sin),
  Sinh: unary(Math.sinh),
  Softplus: unary(softplus),
  Sqrt: unary(Math.sqrt),
  Square: unary((x) => x * x),
  Step: step,
  Tan: unary(Math.tan),
  Tanh: unary(Math.tanh),

  Add: binary((a, b) => a + b),
  AddN: addN,
  Atan2: binary(Math.atan2),
  EluGrad: binary((dy, y) => (y >= 0 ? dy : dy * (y + 1)), 'float32', ['dy', 'y']),
  Equal: binary(
    truth((a, b) => a === b),
    'bool',
  ),
  FloorDiv: binary((a, b) => Math.floor(a / b), 'int32'),
  Greater: binary(
    truth((a, b) => a > b),
    'bool',
  ),
  GreaterEqual: binary(
    truth((a, b) => a >= b),
    'bool',
  ),
  Less: binary(
    truth((a, b) => a < b),
    'bool',
  ),
  LessEqual: binary(
    truth((a, b) => a <= b),
    'bool',
  ),
  LogicalAnd: binary(
    truth((a, b) => a !== 0 && b !== 0),
    'bool',
  ),
  LogicalOr: binary(
    truth((a, b) => a !== 0 || b !== 0),
    'bool',
  ),
  LogicalXor: binary(
    truth((a, b) => (a !== 0) !== (b !== 0)),
    'bool',
  ),
  Maximum: binary(Math.max),
  Minimum: binary(Math.min),
  Mod: binary(modulo),
  Multiply: binary((a, b) => a * b),
  NotEqual: binary(
    truth((a, b) => a !== b),
    'bool',
  ),
  Pow: binary(Math.pow),
  Prelu: binary((x, alpha) => (x < 0 ? alpha * x : x), 'float32', ['x', 'alpha']),
  RealDiv: binary((a, b) => a / b),
  SquaredDifference: binary((a, b) => (a - b) * (a - b)),
  Sub: binary((a, b) => a - b),
};
