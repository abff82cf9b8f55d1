/** How each method is built from its sliders, and how a program writes the same. */
import {
  adam,
  admm,
  backprop,
  blockCoordinateDescent,
  cg,
  exact,
  mac,
  type Method,
  nesterov,
  Optimizer,
  predictiveCoding,
  proxprop,
  sgd,
} from '../../../src';
import { type MethodId, startValues } from './methodTable';
import { type MethodState } from './state';

/** A method, and the optimizer of its directions; one that sweeps over all examples has none. */
export interface Built {
  readonly method: Method;
  readonly optimizer?: Optimizer.Optimizer;
}

/** The same as text. */
export interface Written {
  readonly method: string;
  readonly optimizer?: string;
}

/** The value of a slider by its key. */
type Read = (key: string) => number;

interface Builder {
  readonly build: (at: Read) => Built;
  readonly write: (at: Read) => Written;
}

const moving = (at: Read): Optimizer.Optimizer =>
  at('momentum') === 0 ? sgd(at('rate')) : nesterov(at('rate'), at('momentum'));
const movingText = (at: Read): string =>
  at('momentum') === 0 ? `sgd(${at('rate')})` : `nesterov(${at('rate')}, ${at('momentum')})`;

const builders: { readonly [id in MethodId]: Builder } = {
  backprop: {
    build: (at) => ({ method: backprop({ tau: at('tau') }), optimizer: moving(at) }),
    write: (at) => ({ method: `backprop({ tau: ${at('tau')} })`, optimizer: movingText(at) }),
  },
  proxprop: {
    build: (at) => ({
      method: proxprop({ tau: at('tau'), tauTheta: at('tauTheta'), solver: exact() }),
      optimizer: moving(at),
    }),
    write: (at) => ({
      method: `proxprop({ tau: ${at('tau')}, tauTheta: ${at('tauTheta')}, solver: exact() })`,
      optimizer: movingText(at),
    }),
  },
  proxpropCg: {
    build: (at) => ({
      method: proxprop({ tau: at('tau'), tauTheta: at('tauTheta'), solver: cg(at('iterations')) }),
      optimizer: moving(at),
    }),
    write: (at) => ({
      method: `proxprop({ tau: ${at('tau')}, tauTheta: ${at('tauTheta')}, solver: cg(${at('iterations')}) })`,
      optimizer: movingText(at),
    }),
  },
  mac: {
    build: (at) => ({
      method: mac({ coupling: at('coupling'), tauTheta: at('tauTheta'), rounds: at('rounds') }),
      optimizer: sgd(1),
    }),
    write: (at) => ({
      method: `mac({ coupling: ${at('coupling')}, tauTheta: ${at('tauTheta')}, rounds: ${at('rounds')} })`,
      optimizer: 'sgd(1)',
    }),
  },
  admm: {
    build: (at) => ({
      method: admm({
        ...{ coupling: at('coupling'), activationCoupling: 10 * at('coupling') },
        ...{ tauTheta: at('tauTheta'), warmStart: 2 },
      }),
    }),
    write: (at) => ({
      method: `admm({ coupling: ${at('coupling')}, activationCoupling: 10 * ${at('coupling')}, tauTheta: ${at('tauTheta')}, warmStart: 2 })`,
    }),
  },
  blockCoordinateDescent: {
    build: (at) => ({
      method: blockCoordinateDescent({ coupling: at('coupling'), tauTheta: at('tauTheta') }),
    }),
    write: (at) => ({
      method: `blockCoordinateDescent({ coupling: ${at('coupling')}, tauTheta: ${at('tauTheta')} })`,
    }),
  },
  predictiveCoding: {
    build: (at) => ({
      method: predictiveCoding({ stepSize: at('stepSize'), steps: at('steps') }),
      optimizer: moving(at),
    }),
    write: (at) => ({
      method: `predictiveCoding({ stepSize: ${at('stepSize')}, steps: ${at('steps')} })`,
      optimizer: movingText(at),
    }),
  },
  muon: {
    build: (at) => ({ method: backprop(), optimizer: Optimizer.muon(at('rate'), { mu: at('momentum') }) }),
    write: (at) => ({
      method: 'backprop()',
      optimizer: `Optimizer.muon(${at('rate')}, { mu: ${at('momentum')} })`,
    }),
  },
  adam: {
    build: (at) => ({ method: backprop(), optimizer: adam(at('rate')) }),
    write: (at) => ({ method: 'backprop()', optimizer: `adam(${at('rate')})` }),
  },
};

const readerOf = ({ id, values }: MethodState): Read => {
  const all = { ...startValues(id), ...values };
  return (key) => all[key] ?? Number.NaN;
};

export const buildMethod = (state: MethodState): Built => builders[state.id].build(readerOf(state));
export const writeMethod = (state: MethodState): Written => builders[state.id].write(readerOf(state));
