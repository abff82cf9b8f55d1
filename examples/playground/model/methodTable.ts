/** The methods of the playground: names, colours and sliders. How each is built stands in `methods.ts`. */

export interface Slider {
  readonly key: string;
  readonly label: string;
  readonly min: number;
  readonly max: number;
  readonly start: number;
  /** How the slider divides its range. */
  readonly scale: 'log' | 'linear' | 'whole';
  /** One line of help. */
  readonly about: string;
}

export interface MethodRow {
  readonly name: string;
  /** In light and in dark: the same method has the same colour in every picture. */
  readonly colour: readonly [string, string];
  /** Whether it takes batches, or sweeps over all examples at once. */
  readonly loop: 'train' | 'descend';
  readonly sliders: readonly Slider[];
}

const log = (key: string, label: string, min: number, max: number, start: number, about: string): Slider => ({
  ...{ key, label, min, max, start, about },
  scale: 'log',
});
const whole = (
  key: string,
  label: string,
  min: number,
  max: number,
  start: number,
  about: string,
): Slider => ({
  ...{ key, label, min, max, start, about },
  scale: 'whole',
});

const tau = log('tau', 'τ', 1e-3, 100, 1, 'step size of the activations: it scales the direction');
const tauTheta = (start: number): Slider =>
  log('tauTheta', 'τ_θ', 1e-4, 1e4, start, 'from the gradient (small) to least squares (large)');
const rate = (start: number): Slider =>
  log('rate', 'rate', 1e-4, 10, start, 'learning rate of the optimizer');
const momentum = (start: number): Slider => ({
  ...{ key: 'momentum', label: 'momentum', min: 0, max: 0.99, start },
  ...{ scale: 'linear', about: 'of Nesterov; 0 is plain descent' },
});

export const methodTable = {
  backprop: {
    name: 'Backprop',
    colour: ['#0069a8', '#5cb8f0'],
    loop: 'train',
    sliders: [tau, rate(0.1), momentum(0.9)],
  },
  proxprop: {
    name: 'ProxProp exact',
    colour: ['#c44a00', '#ff9b5c'],
    loop: 'train',
    sliders: [tau, tauTheta(0.05), rate(1), momentum(0.9)],
  },
  proxpropCg: {
    name: 'ProxProp cg',
    colour: ['#946200', '#e9b54a'],
    loop: 'train',
    sliders: [
      tau,
      tauTheta(0.05),
      whole('iterations', 'iterations', 1, 20, 3, 'of conjugate gradients'),
      rate(1),
      momentum(0.9),
    ],
  },
  mac: {
    name: 'MAC',
    colour: ['#007a58', '#3fcf9f'],
    loop: 'train',
    sliders: [
      log('coupling', 'μ', 1e-3, 100, 1, 'coupling of the auxiliary coordinates'),
      tauTheta(30),
      whole('rounds', 'rounds', 1, 5, 1, 'of a Z-step and a W-step'),
    ],
  },
  admm: {
    name: 'ADMM',
    colour: ['#5f6b00', '#c3d24a'],
    loop: 'descend',
    sliders: [
      log('coupling', 'β', 1e-3, 10, 0.1, 'coupling of affine layers; others have ten times it'),
      tauTheta(1000),
    ],
  },
  blockCoordinateDescent: {
    name: 'Block coordinate descent',
    colour: ['#6d5147', '#cfae9f'],
    loop: 'descend',
    sliders: [log('coupling', 'γ', 1e-3, 10, 0.1, 'coupling of every layer'), tauTheta(1000)],
  },
  predictiveCoding: {
    name: 'Predictive coding',
    colour: ['#7b3fb0', '#c79af0'],
    loop: 'train',
    sliders: [
      log('stepSize', 'η', 1e-3, 1, 0.2, 'step size of the inference'),
      whole('steps', 'inference', 1, 50, 10, 'steps of the inference'),
      rate(0.2),
      momentum(0.9),
    ],
  },
  muon: {
    name: 'Muon',
    colour: ['#b0286e', '#f28bbd'],
    loop: 'train',
    sliders: [rate(0.02), momentum(0.95)],
  },
  adam: {
    name: 'Adam',
    colour: ['#4a5568', '#aab6c8'],
    loop: 'train',
    sliders: [rate(0.01)],
  },
} as const satisfies { readonly [id: string]: MethodRow };

export type MethodId = keyof typeof methodTable;

/** The row of a method, with the sliders of any. */
export const rowOf = (id: MethodId): MethodRow => methodTable[id];

/** The values of a method where no slider was moved. */
export const startValues = (id: MethodId): { readonly [key: string]: number } =>
  Object.fromEntries(rowOf(id).sliders.map(({ key, start }) => [key, start]));
