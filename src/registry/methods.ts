/** The methods. */
import { admm, backprop, blockCoordinateDescent, mac, predictiveCoding, proxprop } from '../schedule';
import { type Solver } from '../solver';
import { flag, positive, wholeFrom } from './codec';
import { defineMethod, type MethodEntry } from './entry';
import { solverName, solverOf } from './solvers';

/** The option `solver` of a method, where it is named. */
const solverOption = (name: string | undefined): { readonly solver?: Solver } =>
  name === undefined ? {} : { solver: solverOf(name) };

export const methods: readonly MethodEntry[] = [
  defineMethod({
    name: 'backprop',
    keys: { required: {}, optional: { tau: positive } },
    build: ({ tau }) => backprop(tau === undefined ? {} : { tau }),
    cases: [{ config: (coupling) => ({ tau: 1 / coupling }) }],
  }),
  defineMethod({
    name: 'proxprop',
    keys: { required: {}, optional: { tau: positive, tauTheta: positive, solver: solverName } },
    build: ({ tau, tauTheta, solver }) =>
      proxprop({
        ...(tau === undefined ? {} : { tau }),
        ...(tauTheta === undefined ? {} : { tauTheta }),
        ...solverOption(solver),
      }),
    cases: [{ config: (coupling, tauTheta) => ({ tau: 1 / coupling, tauTheta }) }],
  }),
  defineMethod({
    name: 'mac',
    keys: {
      required: {},
      optional: {
        coupling: positive,
        growth: positive,
        rounds: wholeFrom(1),
        tauTheta: positive,
        parameters: solverName,
        activations: solverName,
      },
    },
    build: ({ parameters, activations, ...others }) =>
      mac({
        ...others,
        ...(parameters === undefined ? {} : { parameters: solverOf(parameters) }),
        ...(activations === undefined ? {} : { activations: solverOf(activations) }),
      }),
    cases: [
      {
        minimises: true,
        config: (coupling, tauTheta) => ({ coupling, tauTheta, parameters: 'exact', activations: 'exact' }),
      },
    ],
  }),
  defineMethod({
    name: 'predictiveCoding',
    keys: {
      required: {},
      optional: {
        stepSize: positive,
        steps: wholeFrom(1),
        tolerance: positive,
        fixedPrediction: flag,
        coupling: positive,
      },
    },
    build: (options) => predictiveCoding(options),
    cases: [
      { config: (coupling) => ({ coupling, stepSize: 0.1 / coupling, steps: 5 }) },
      {
        name: 'predictiveCoding, fixed',
        config: (coupling) => ({ coupling, fixedPrediction: true }),
      },
    ],
  }),
  defineMethod({
    name: 'blockCoordinateDescent',
    keys: {
      required: {},
      optional: { coupling: positive, tauTheta: positive, sweeps: wholeFrom(1), solver: solverName },
    },
    build: ({ solver, ...others }) => blockCoordinateDescent({ ...others, ...solverOption(solver) }),
    cases: [
      {
        name: 'block coordinate descent',
        minimises: true,
        config: (coupling, tauTheta) => ({ coupling, tauTheta }),
      },
    ],
  }),
  defineMethod({
    name: 'admm',
    keys: {
      required: {},
      optional: {
        coupling: positive,
        activationCoupling: positive,
        tauTheta: positive,
        warmStart: wholeFrom(0),
        sweeps: wholeFrom(1),
        solver: solverName,
      },
    },
    build: ({ solver, ...others }) => admm({ ...others, ...solverOption(solver) }),
    cases: [
      {
        minimises: true,
        config: (coupling, tauTheta) => ({ coupling, activationCoupling: 10 * coupling, tauTheta }),
      },
    ],
  }),
];
