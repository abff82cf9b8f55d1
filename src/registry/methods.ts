/** The methods. */
import {
  admm,
  backprop,
  blockCoordinateDescent,
  foof,
  kfac,
  type LastStep,
  mac,
  predictiveCoding,
  proxprop,
  proxpropSafe,
} from '../schedule';
import { type Solver } from '../solver';
import { flag, fraction, positive, wholeFrom } from './codec';
import { defineMethod, type MethodEntry } from './entry';
import { solverName, solverOf } from './solvers';

/** The option `solver` of a method, where it is named. */
const solverOption = (name: string | undefined): { readonly solver?: Solver } =>
  name === undefined ? {} : { solver: solverOf(name) };

/** The options of the step on the last link, where its τ_θ is named. */
const lastOption = (
  tauTheta: number | undefined,
  solver: string | undefined,
): { readonly last?: LastStep } =>
  tauTheta === undefined
    ? {}
    : { last: { tauTheta, ...(solver === undefined ? {} : { solver: solverOf(solver) }) } };

/** τ_θ of an implicit step on the last link, and how it is solved. */
const lastKeys = { lastTauTheta: positive, lastSolver: solverName };

/** Of running means of factors, and of their inverses. */
const factorKeys = { tau: positive, damping: positive, average: fraction, every: wholeFrom(1) };

export const methods: readonly MethodEntry[] = [
  defineMethod({
    name: 'backprop',
    keys: { required: {}, optional: { tau: positive } },
    build: ({ tau }) => backprop(tau === undefined ? {} : { tau }),
    cases: [{ config: (coupling) => ({ tau: 1 / coupling }) }],
  }),
  defineMethod({
    name: 'proxprop',
    keys: {
      required: {},
      optional: { tau: positive, tauTheta: positive, solver: solverName, ...lastKeys },
    },
    build: ({ tau, tauTheta, solver, lastTauTheta, lastSolver }) =>
      proxprop({
        ...(tau === undefined ? {} : { tau }),
        ...(tauTheta === undefined ? {} : { tauTheta }),
        ...solverOption(solver),
        ...lastOption(lastTauTheta, lastSolver),
      }),
    cases: [
      { config: (coupling, tauTheta) => ({ tau: 1 / coupling, tauTheta }) },
      {
        name: 'proxprop, last link too',
        config: (coupling, tauTheta) => ({
          tau: 1 / coupling,
          tauTheta,
          lastTauTheta: tauTheta,
          lastSolver: 'exact',
        }),
      },
    ],
  }),
  defineMethod({
    name: 'proxpropSafe',
    keys: {
      required: {},
      optional: {
        tau: positive,
        tauTheta: positive,
        search: flag,
        solver: solverName,
        turns: wholeFrom(1),
        ...lastKeys,
      },
    },
    build: ({ solver, lastTauTheta, lastSolver, ...others }) =>
      proxpropSafe({ ...others, ...solverOption(solver), ...lastOption(lastTauTheta, lastSolver) }),
    cases: [
      {
        name: 'proxpropSafe, no search',
        config: (coupling, tauTheta) => ({ tau: 1 / coupling, tauTheta, search: false }),
      },
    ],
  }),
  defineMethod({
    name: 'kfac',
    keys: { required: {}, optional: factorKeys },
    build: (options) => kfac(options),
    cases: [{ config: (coupling, tauTheta) => ({ tau: 1 / coupling, damping: 1 / tauTheta }) }],
  }),
  defineMethod({
    name: 'foof',
    keys: { required: {}, optional: factorKeys },
    build: (options) => foof(options),
    cases: [{ config: (coupling, tauTheta) => ({ tau: 1 / coupling, damping: 1 / tauTheta }) }],
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
      optional: {
        coupling: positive,
        tauTheta: positive,
        sweeps: wholeFrom(1),
        solver: solverName,
      },
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
