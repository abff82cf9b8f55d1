/** The lesson on one layer's quadratic: paths of explicit and of implicit steps in the plane of two parameters. */
import { tensor } from '@tensorflow/tfjs-core';
import {
  andThen,
  chain,
  direction,
  dispose,
  exact,
  explicit,
  forward,
  implicit,
  linear,
  type LinearParameters,
  type Method,
  orThrow,
  squaredError,
  theta,
  toHost,
} from '../../../src';
import { normals } from './data/random';
import { Key } from '../../../src';

/** Inputs and targets of the affine layer y = w·x + b. */
export interface Line {
  readonly x: readonly number[];
  readonly y: readonly number[];
}

const COUNT = 12;

/** Twelve points of the line 0.8·x − 0.3 with a little noise; x is off the centre, so that the valley is narrow. */
export const line = (): Line => {
  const e = normals(Key.fold(Key.key(5), 0), COUNT);
  const x = Array.from({ length: COUNT }, (_, i) => 0.2 + (1.8 * i) / (COUNT - 1));
  return { x, y: x.map((at, i) => 0.8 * at - 0.3 + 0.05 * (e[i] ?? 0)) };
};

/** (w, b). */
export type Place = readonly [number, number];

/** q(w, b) = 1/(2N)·Σ (w·x + b − y)² as a quadratic form, in closed form: what the picture is drawn from. */
export interface Quadratic {
  readonly minimum: Place;
  /** Of AᵀA/N, with A = [x, 1]. */
  readonly hessian: readonly [number, number, number];
  /** The largest eigenvalue λ of the Hessian, and the smallest. */
  readonly curvatures: readonly [number, number];
}

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

export const quadratic = ({ x, y }: Line): Quadratic => {
  const [xx, x1] = [mean(x.map((a) => a * a)), mean(x)];
  const [xy, y1] = [mean(x.map((a, i) => a * (y[i] ?? 0))), mean(y)];
  const determinant = xx - x1 * x1;
  const minimum: Place = [(xy - x1 * y1) / determinant, (xx * y1 - x1 * xy) / determinant];
  const [half, root] = [(xx + 1) / 2, Math.hypot((xx - 1) / 2, x1)];
  return { minimum, hessian: [xx, x1, 1], curvatures: [half + root, half - root] };
};

/** q less its least value. */
export const above = ({ minimum, hessian: [ww, wb, bb] }: Quadratic, [w, b]: Place): number => {
  const [dw, db] = [w - minimum[0], b - minimum[1]];
  return (ww * dw * dw + 2 * wb * dw * db + bb * db * db) / 2;
};

/** Where both paths begin. */
export const START: Place = [-1.1, 1.6];
export const STEPS = 16;

const explicitly = (eta: number): Method => ({
  name: 'explicit steps',
  energy: {},
  schedule: () => andThen(forward, explicit(theta(1), eta)),
});
const implicitly = (eta: number): Method => ({
  name: 'implicit steps',
  energy: {},
  schedule: () => andThen(forward, implicit(theta(1), eta, exact())),
});

/** The places after 0, 1, … steps; a path ends where it is far away. */
const path = (method: Method, { x, y }: Line): readonly Place[] => {
  const net = chain(linear(1, 1));
  const example = { input: tensor([...x], [COUNT, 1]), target: tensor([...y], [COUNT, 1]) };
  const step = direction(net, squaredError, method);
  const places: Place[] = [START];
  for (let k = 0; k < STEPS; k++) {
    const [w, b] = places.at(-1) ?? START;
    if (Math.abs(w) + Math.abs(b) > 1e6) break;
    const parameters: readonly [LinearParameters] = [{ weights: tensor([[w]]), bias: tensor([b]) }];
    const taken = orThrow(step(parameters, example));
    const [moved] = taken.direction;
    places.push([w - (toHost(moved.weights)[0] ?? 0), b - (toHost(moved.bias)[0] ?? 0)]);
    dispose(parameters, taken.direction, taken.loss);
  }
  dispose(example.input, example.target);
  return places;
};

export interface Paths {
  readonly explicit: readonly Place[];
  readonly implicit: readonly Place[];
}

/** Both paths with the step size η, by the library's steps. */
export const valleyPaths = (eta: number): Paths => {
  const points = line();
  return { explicit: path(explicitly(eta), points), implicit: path(implicitly(eta), points) };
};
