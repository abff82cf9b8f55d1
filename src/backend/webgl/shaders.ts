/**
 * Shaders of WebGL, corrected in their text, which costs no extra pass. tfjs sets a quotient of
 * equal numbers to 1, also that of two zeros; computes a power of NaN as that of a number; pools by
 * a comparison, which loses a NaN; and multiplies by a mask of zeros in the gradient of pooling,
 * which spreads a NaN.
 */
import { type MathBackendWebGL } from '@tensorflow/tfjs-backend-webgl';
import { type Edit, edited } from '../shaderText';

type Program = Parameters<MathBackendWebGL['runWebGLProgram']>[0];

interface Change {
  readonly name: string;
  /**
   * A piece of text that identifies the program among those with the same operands: programs have
   * no names.
   */
  readonly mark: string;
  readonly edits: readonly Edit[];
}

const CHANGES: Readonly<Record<string, readonly Change[]>> = {
  'A,B': [
    {
      name: 'Pow',
      mark: 'isModRound1',
      edits: [
        // x⁰ is 1 even if x is NaN, as in JavaScript.
        [
          /isNaN1\.(\w) && isNaN2\.\1/,
          '(isNaN1.$1 && isNaN2.$1) || isnan(b.$1) || (isnan(a.$1) && b.$1 != 0.0)',
        ],
      ],
    },
    {
      name: 'RealDiv',
      mark: 'result.x = 1.;',
      // Division is not exact on every GPU: equal numbers keep their 1, except zeros and
      // infinities.
      edits: [[/if\s*\(a\.(\w) == b\.\1\) \{/, 'if (a.$1 == b.$1 && a.$1 != 0.0 && !isinf(a.$1)) {']],
    },
  ],
  A: [
    {
      name: 'Log1p',
      mark: 'return log(1.0 + x);',
      // Of negative numbers drivers give any number.
      edits: [[/return log\(1\.0 \+ x\);/, 'return x < -1.0 ? NAN : log(1.0 + x);']],
    },
  ],
  x: [
    {
      name: 'MaxPool',
      // The program of means has the text of the greatest too.
      mark: 'setOutput(max(max(max(',
      edits: [
        [/\bmax\(/, 'greatest('],
        [
          /void main\(\) \{/,
          `float greatest(float a, float b) { return isnan(a) ? a : isnan(b) ? b : max(a, b); }
           vec4 greatest(vec4 a, vec4 b) {
             return vec4(greatest(a.x, b.x), greatest(a.y, b.y), greatest(a.z, b.z), greatest(a.w, b.w));
           }
           void main() {`,
        ],
        // −1e20, from which a window of smaller numbers would not get away.
        [/-1\.0 \/ 1e-20/, '-3.4028234e38'],
      ],
    },
  ],
  'dy,maxPos': [
    {
      name: 'MaxPoolGrad',
      mark: 'float mask =',
      edits: [[/dotProd \+= dyValue \* mask;/, 'if (mask == 1.0) dotProd += dyValue;']],
    },
  ],
};

const changeOf = ({ variableNames, userCode }: Program): Change | undefined =>
  CHANGES[variableNames.join()]?.find(({ mark }) => userCode.includes(mark));

/** Makes the backend run the edited shaders. */
export const mendWebglShaders = (backend: MathBackendWebGL): void => {
  const stock = backend.runWebGLProgram.bind(backend);
  backend.runWebGLProgram = (program: Program, ...rest) => {
    const change = changeOf(program);
    // By its text tfjs knows a program again that it has compiled.
    if (change !== undefined) program.userCode = edited('webgl', change.name, program.userCode, change.edits);
    return stock(program, ...rest);
  };
};
