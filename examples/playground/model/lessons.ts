/** The lesson pages: each a saved state with a paragraph. */
import { type MethodId, startValues } from './methodTable';
import { type LessonId, type MethodState, type State } from './state';

export interface Lesson {
  readonly title: string;
  readonly text: string;
  /** What to try, in one sentence. */
  readonly task: string;
}

export const lessons: { readonly [id in LessonId]: Lesson } = {
  free: {
    title: 'Two methods, one seed',
    text: 'Every method below trains the same network from the same parameters on the same examples. Backprop follows the gradient. ProxProp replaces the parameter step of each layer by an implicit one, which solves a small least-squares problem instead of following its slope.',
    task: 'Press Run, then change a slider, the network or the data and compare again.',
  },
  valley: {
    title: 'A step beyond 2/λ',
    text: 'The picture shows the loss of one affine layer with two parameters: a valley with the curvature λ across. An explicit step θ − η·∇q overshoots the valley, and leaves it for good once η exceeds 2/λ. An implicit step minimises q(u) + ‖u − θ‖²/2η over u, and lands in the valley for every η.',
    task: 'Drag the step size across the mark 2/λ and watch both paths.',
  },
  sweep: {
    title: 'Backprop is a sweep',
    text: 'The dots are the activations of a chain of scalars, and they are variables of one energy. From the last link to the first, each dot takes an explicit step, and the parameters in front of it follow. If all dots start at their forward values, the steps of the parameters are exactly −τ·∇J: the sweep is backprop.',
    task: 'Move the sweep forward link by link; then drag a dot off its forward value and see which steps change.',
  },
  metric: {
    title: 'What τ_θ does',
    text: 'τ_θ sets the metric of the implicit step of each hidden layer. A small τ_θ gives τ_θ times the gradient: the angle to −∇J is zero, and the layer hardly moves. A large τ_θ gives a least-squares fit of the layer to its target: the angle grows, and each step gets further. The learning rate only scales the step; τ_θ turns it.',
    task: 'Run the three values side by side, and compare the angle of link 1 and the loss per step.',
  },
  robust: {
    title: 'Robust to τ',
    text: 'Each cell is one training of the same network, and its colour is the loss at the end. Small steps leave every method where it began. At large τ the steps of backprop leap out of the valley, and its loss stays high. The implicit steps of ProxProp still come down there, to a far lower loss, until the explicit step of the last layer fails too.',
    task: 'Fill the map, then change τ_θ or the number of steps and fill it again.',
  },
  layer: {
    title: 'Your own layer',
    text: 'You write the forward function of a layer in JavaScript. Gradients, backprop and the implicit step follow from it. Before it is trained, the laws check it on random inputs: that it is pure, that its gradient matches differences, and that its implicit step descends and is optimal.',
    task: 'Change the function, check the laws, and run it.',
  },
};

const method = (id: MethodId, values: { readonly [key: string]: number } = {}): MethodState => ({
  id,
  values: { ...startValues(id), ...values },
});

/** A layer that bends its input by sines: affine in neither of its parameters alone with the other. */
export const ripple = `// n numbers to n numbers. You have the ops of tfjs by name, and Key.
({
  name: 'ripple',
  init: (key) => ({
    w: Key.uniform(Key.fold(key, 0), [n, n], -0.5, 0.5),
    c: Key.uniform(Key.fold(key, 1), [n], -1, 1),
  }),
  forward: ({ w, c }, x) => add(x, mul(c, sin(matMul(x, w)))),
})
`;

const free: State = {
  lesson: 'free',
  data: { kind: 'spiral', noise: 0.2, count: 300 },
  network: [
    { kind: 'dense', units: 16, activation: 'tanh' },
    { kind: 'dense', units: 16, activation: 'tanh' },
  ],
  loss: 'crossEntropy',
  batch: 0,
  steps: 150,
  seed: 1,
  backend: 'wasm',
  pace: 30,
  methods: [method('backprop', { rate: 0.3 }), method('proxprop', { tauTheta: 0.5, rate: 3 })],
  own: ripple,
  eta: 0.87,
  moved: [0, 0, 0, 0],
  stage: 0,
  angleOf: 0,
};

const states: { readonly [id in LessonId]: State } = {
  free,
  valley: { ...free, lesson: 'valley' },
  sweep: { ...free, lesson: 'sweep' },
  metric: {
    ...free,
    lesson: 'metric',
    angleOf: 1,
    methods: [0.001, 0.1, 5].map((tauTheta) => method('proxprop', { tauTheta, rate: 1 })),
  },
  robust: {
    ...free,
    lesson: 'robust',
    data: { kind: 'spiral', noise: 0.2, count: 150 },
    network: [
      { kind: 'dense', units: 16, activation: 'relu' },
      { kind: 'dense', units: 16, activation: 'relu' },
    ],
    steps: 40,
    methods: [
      method('backprop', { rate: 1, momentum: 0 }),
      method('proxprop', { tauTheta: 1, rate: 1, momentum: 0 }),
      method('proxpropCg', { tauTheta: 1, iterations: 3, rate: 1, momentum: 0 }),
    ],
  },
  layer: {
    ...free,
    lesson: 'layer',
    network: [{ kind: 'dense', units: 8, activation: 'tanh' }, { kind: 'own' }],
    methods: [method('backprop', { rate: 0.3 }), method('proxpropCg', { tauTheta: 5, rate: 2 })],
  },
};

/** The state with which a lesson opens. */
export const saved = (id: LessonId): State => states[id];
