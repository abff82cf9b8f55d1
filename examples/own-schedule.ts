/**
 * Your own schedule, in the words of the library:
 *
 *     npx ts-node examples/own-schedule.ts
 *
 * Three methods on one network. `twoSweeps` is new: per batch it runs a ProxProp sweep, makes the activations
 * feasible at the new parameters, and sweeps again, so that each batch gives two steps before its direction is
 * handed on. `firstLayerOnly` is new too: implicit where the input is ill-conditioned, explicit elsewhere.
 */
import { pipe } from 'fp-ts/function';
import * as TE from 'fp-ts/TaskEither';
import {
  andThen,
  backprop,
  backwardSweep,
  chain,
  exact,
  explicitParameters,
  fashionMnist,
  forward,
  implicit,
  linear,
  type Method,
  nesterov,
  proxprop,
  relu,
  repeat,
  Report,
  type Schedule,
  sweepMethod,
  theta,
} from '../src';
import { started } from '../cli/show';
import { options, runExample } from './support/cli';
import { competeAll, contestOn, type Contender } from '../src/experiment';
import { holding } from './support/holding';
import { resultTable, summaryOf } from './support/show';

const net = chain(linear(784, 64), relu(64), linear(64, 10));

/** Implicit on the first link, explicit on all others: one line on top of the common sweep. */
const firstLayerOnly = (tau: number, tauTheta: number): Method =>
  sweepMethod('implicit first layer', tau, (link) =>
    link.number === 1 ? implicit(theta(1), tau * tauTheta, exact()) : explicitParameters(tau)(link),
  );

/** A sweep, then the forward pass at the new parameters, twice. */
const twice =
  (sweep: Schedule): Schedule =>
  (links) =>
    repeat(2, andThen(sweep(links), forward));

const twoSweeps = (tau: number, tauTheta: number): Method => {
  const { energy } = proxprop({ tau, tauTheta });
  const sweep = backwardSweep(tau, (link) =>
    link.affine && !link.last
      ? implicit(theta(link.number), tau * tauTheta, exact())
      : explicitParameters(tau)(link),
  );
  return { name: 'two proximal sweeps', energy, schedule: twice(sweep) };
};

const contenders: readonly Contender[] = [
  { name: 'backprop', method: backprop(), optimizer: nesterov(0.05, 0.9) },
  { name: 'implicit first layer', method: firstLayerOnly(1, 0.05), optimizer: nesterov(0.5, 0.9) },
  { name: 'two proximal sweeps', method: twoSweeps(0.5, 0.05), optimizer: nesterov(0.3, 0.9) },
];

runExample(
  {
    name: 'own-schedule',
    description: 'Write a schedule of your own and train with it.',
    options: {
      backend: options.backend(),
      threads: options.threads(),
      seed: options.seed(),
      epochs: options.epochs(3),
      batch: options.batch(200),
      data: options.data(),
      out: options.out('own-schedule'),
    },
  },
  ({ backend, threads, seed, epochs, batch, data: folder, out }) =>
    holding(
      out,
      pipe(
        started(backend, threads),
        TE.bindTo('running'),
        TE.bind('data', () => fashionMnist(folder)),
        TE.bind('runs', ({ data }) => competeAll(contestOn(net, data, { epochs, batch, seed }), contenders)),
        TE.chain(({ running, data, runs }) => {
          console.log(`\n${resultTable('schedule', runs)}`);
          const settings = { backend, threads: running.threads, seed };
          return Report.writeSummary(out, summaryOf('own-schedule', settings, data, runs));
        }),
      ),
    ),
);
