/** The contest of training methods: what each is trained with, and a method made of parts of others. */
import {
  admm,
  andThen,
  backprop,
  blockCoordinateDescent,
  cg,
  everyLayer,
  exact,
  explicit,
  forward,
  implicit,
  jointly,
  mac,
  type Method,
  nesterov,
  predictiveCoding,
  proxprop,
  repeat,
  sgd,
  theta,
  x,
} from '../../src';
import { type Contender } from '../../src/experiment';

interface MixtureOptions {
  /** η of the inference, and how many steps it takes. */
  readonly stepSize: number;
  readonly steps: number;
  /** τ_θ of the implicit step on the first link. */
  readonly tauTheta: number;
}

/**
 * A method that has no name: activations by the inference of predictive coding, on every layer; then the parameters of the
 * first link, whose input is ill-conditioned, by an implicit step, and all others by explicit ones.
 *
 *     x[l] ← x[l] − η·∇E for all l at once, `steps` times
 *     θ_1  ← argmin_θ E + 1/(2τ_θ)·‖θ − θ_1‖²,   θ_l ← θ_l − ∇E
 */
const mixture = ({ stepSize, steps, tauTheta }: MixtureOptions): Method => ({
  name: 'inference, then implicit and explicit parameters',
  energy: { grouping: everyLayer, norm: 'mean' },
  schedule: (links) =>
    andThen(
      forward,
      repeat(steps, jointly(...links.slice(0, -1).map(({ number }) => explicit(x(number), stepSize)))),
      jointly(
        ...links.map(({ number }) =>
          number === 1 ? implicit(theta(1), tauTheta, exact()) : explicit(theta(number), 1),
        ),
      ),
    ),
});

const RATES = [0.05, 0.1, 0.2] as const;
const LARGER_RATES = [0.1, 0.2, 0.4] as const;
const MOMENTUM = 0.9;

/** Each method, and the grid that it is the best of: three cells each. */
export const methodGrids: readonly (readonly Contender[])[] = [
  RATES.map((rate) => ({
    name: `backprop, Nesterov ${rate}`,
    method: backprop(),
    optimizer: nesterov(rate, MOMENTUM),
  })),
  [1, 2, 4].map((rate) => ({
    name: `ProxProp exact, Nesterov ${rate}`,
    method: proxprop({ tauTheta: 0.05 }),
    optimizer: nesterov(rate, MOMENTUM),
  })),
  LARGER_RATES.map((rate) => ({
    name: `predictive coding, Nesterov ${rate}`,
    method: predictiveCoding({ stepSize: 0.2, steps: 10 }),
    optimizer: nesterov(rate, MOMENTUM),
  })),
  RATES.map((rate) => ({
    name: `fixed prediction, Nesterov ${rate}`,
    method: predictiveCoding({ fixedPrediction: true }),
    optimizer: nesterov(rate, MOMENTUM),
  })),
  [0.1, 0.3, 1].map((coupling) => ({
    name: `MAC, μ = ${coupling}`,
    method: mac({ coupling, tauTheta: 30, parameters: cg(5), activations: cg(5) }),
    optimizer: sgd(1),
  })),
  [0.01, 0.03, 0.1].map((coupling) => ({
    name: `ADMM, β = ${coupling}`,
    method: admm({ coupling, activationCoupling: 10 * coupling, warmStart: 2 }),
  })),
  [0.01, 0.03, 0.1].map((coupling) => ({
    name: `block coordinate descent, γ = ${coupling}`,
    method: blockCoordinateDescent({ coupling, tauTheta: 1000 }),
  })),
  LARGER_RATES.map((rate) => ({
    name: `mixture, Nesterov ${rate}`,
    method: mixture({ stepSize: 0.2, steps: 10, tauTheta: 1 }),
    optimizer: nesterov(rate, MOMENTUM),
  })),
];
