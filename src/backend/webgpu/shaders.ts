/**
 * Shaders of WebGPU, corrected in their text, which costs no extra pass.
 *
 * Drivers may assume that exponentials, minima and maxima have numbers as arguments. Shaders
 * multiply by a mask of zeros, or read outside a matrix and multiply by 0. So a NaN is lost, or
 * appears where none belongs. The edited shaders recognise a NaN by its bits, since a compiler that
 * assumes numbers may remove a comparison.
 */
import { type WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu';
import { type Edit, edited } from '../shaderText';

type Program = Parameters<WebGPUBackend['runWebGPUProgram']>[0];

/**
 * Ops of one tensor that keep a NaN: all except the tests in tfjs's enum, and the cast to integers.
 */
const TESTS: ReadonlySet<string> = new Set(['15', '16', '17', '21', '40']);

const LOG1P = '20';

const elementwise: Edit = [
  /setOutputAtIndex\(index, unaryOperation\(a\)\)/,
  'setOutputAtIndex(index, select(unaryOperation(a), a, isnan(a)))',
];

/** Reads zeros outside the second operand, not the memory contents there. */
const insideOf = (value: string): string =>
  `if (row < uniforms.dimInner && col < uniforms.dimBOuter) { ${value} }`;
const product: Edit = [/value = getB\(batch, (\w+), (\w+)\);/, insideOf('value = getB(batch, $1, $2);')];
const convolution: Edit = [
  /return (f32|vec4<f32>)\((W\[.+?\])\);/,
  `${insideOf('return $1($2);')} return $1(0.0);`,
];

/** Drivers return arbitrary logarithms of negative numbers. */
const log1p: Edit = [/return log\(1\.0 \+ a\);/, 'return select(log(1.0 + a), uniforms.NAN, a < -1.0);'];

/** NaN if the maximum is NaN or infinite. */
const softmax: readonly Edit[] = [
  [
    /let subExp = exp\(getLogits\(row, col\) - rowMaxShared\);/,
    'let moved = getLogits(row, col) - rowMaxShared; let subExp = select(exp(moved), moved, isnan(moved));',
  ],
  [
    /let value = exp\(getLogits\(row, col\) - rowMaxShared\) \/ rowSumShared;/,
    'let quotient = exp(getLogits(row, col) - rowMaxShared) / rowSumShared;' +
      'let value = select(quotient, rowSumShared, isnan(rowSumShared));',
  ],
];

const greatest: readonly Edit[] = [
  [
    /resultValue = max\(value, resultValue\);/,
    'resultValue = select(select(max(value, resultValue), value, isnan(value)), resultValue, isnan(resultValue));',
  ],
  // −1e20, from which a window of smaller numbers would not get away.
  [/-1\.0 \/ pow\(10\.0, -20\.0\)/, '-0x1.fffffep+127f'],
];

/**
 * The cotangent of a window goes to its maximum. A product with 0 would pass a NaN to the others
 * too.
 */
const ofGreatest: Edit = [/dotProd \+= dyValue \* mask;/, 'if (mask == 1.0) { dotProd += dyValue; }'];

/** Moves integers as integers: the function for float32 would not compile. */
const transposition: Edit = [
  /setOutputAtIndex\(flatIndex, (A\[getIndexFromCoords\dD\(\s*.+?, uniforms\.aShape\)\])\);/,
  'result[flatIndex] = $1;',
];

/** The edits of a program, by its name in tfjs and its settings. */
const EDITS: ReadonlyMap<string, (settings: readonly string[]) => readonly Edit[]> = new Map([
  [
    'unary',
    ([op = '']: readonly string[]) =>
      TESTS.has(op) ? [] : op === LOG1P ? [elementwise, log1p] : [elementwise],
  ],
  ['matMulPacked', () => [product]],
  ['matMulSmallOutputSize', () => [product]],
  ['matMulSplitK', () => [product]],
  // Of images with the channels last; of others the filter is the first operand.
  ['conv2DMM', (settings: readonly string[]) => (settings.at(-2) === 'true' ? [convolution] : [])],
  ['softmax', () => softmax],
  [
    'pool2D',
    ([kind, positions]: readonly string[]) => (kind === 'max' && positions === 'false' ? greatest : []),
  ],
  ['maxPool2DBackprop', () => [ofGreatest]],
  ['transpose', () => [transposition]],
]);

/** Makes the backend run the edited shaders. */
export const mendShaders = (backend: WebGPUBackend): void => {
  const stock = backend.runWebGPUProgram.bind(backend);
  backend.runWebGPUProgram = (program: Program, ...rest) => {
    const [name = '', ...settings] = program.shaderKey.split('_');
    const edits = EDITS.get(name)?.(settings) ?? [];
    if (edits.length > 0) {
      const code = program.getUserCode.bind(program);
      // Asked for once, when it is compiled.
      program.getUserCode = () => edited('webgpu', name, code(), edits);
    }
    return stock(program, ...rest);
  };
};
