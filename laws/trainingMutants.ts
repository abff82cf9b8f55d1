/** Deliberately wrong trainings, evaluations and reports: what laws 36 to 39 have to reject. */
import * as E from 'fp-ts/Either';
import { pipe } from 'fp-ts/function';
import * as TE from 'fp-ts/TaskEither';
import {
  andThen,
  descend,
  direction,
  evaluate,
  type Examples,
  type Method,
  type Metrics,
  nothing,
  orThrow,
  readNow,
  routes,
  subset,
  train,
  type TrainEvent,
  type Tree,
} from '../src';
import { type Descend, type Loops } from './clock';
import { type Evaluate } from './partition';

const withMethod =
  (change: (method: Method) => Method): Descend =>
  (net, loss, options) =>
    descend(net, loss, { ...options, method: change(options.method) });

/**
 * A mutant for law 36: it runs `start` before every sweep.
 *
 * @param net the network
 * @param loss the loss
 * @param options as of `descend`
 *
 * @example const law = onceOrEachTime(Mutants.startsEachTime); // rejects it
 */
export const startsEachTime = withMethod(({ start, schedule, ...method }) => ({
  ...method,
  schedule: (links) => andThen(start?.(links) ?? nothing, schedule(links)),
}));

/**
 * A mutant for law 36: it does not run `start`.
 *
 * @param net the network
 * @param loss the loss
 * @param options as of `descend`
 *
 * @example const law = onceOrEachTime(Mutants.neverStarts); // rejects it
 */
export const neverStarts = withMethod(({ name, energy, schedule }) => ({ name, energy, schedule }));

/**
 * A mutant for law 36: it makes a sweep less than asked for.
 *
 * @example const law = onceOrEachTime(Mutants.sweepsTooFew); // rejects it
 */
export const sweepsTooFew: Descend = (net, loss, options) =>
  descend(net, loss, { ...options, sweeps: Math.max(0, options.sweeps - 1) });

/**
 * A mutant for law 37: it shows the first solve of the parameters of a link.
 *
 * @example const law = lastSolveShown(Mutants.firstSolveShown); // rejects it
 */
export const firstSolveShown: typeof routes = (net, loss, method) => (parameters, example) =>
  pipe(
    E.Do,
    E.apS('rows', routes(net, loss, method)(parameters, example)),
    E.apS('run', direction(net, loss, method)(parameters, example)),
    E.map(({ rows, run }) =>
      rows.map((row) => {
        const first = run.solves.find(({ block }) => block === row.solve?.block);
        return first === undefined ? row : { ...row, solve: readNow(first) };
      }),
    ),
  );

/** The examples from one to before another. */
const part = (examples: Examples, from: number, to: number): Examples =>
  orThrow(
    subset(
      examples,
      Int32Array.from({ length: to - from }, (_, i) => from + i),
    ),
  );

/**
 * A mutant for law 38: it averages the metrics of the batches, whatever their sizes.
 *
 * @example const law = partition(Mutants.meanOfBatches); // rejects it
 */
export const meanOfBatches: Evaluate = (net, loss, parameters, examples, size) =>
  pipe(
    Array.from({ length: Math.ceil(examples.count / size) }, (_, i) =>
      part(examples, i * size, Math.min(examples.count, (i + 1) * size)),
    ),
    TE.traverseSeqArray((batch) => evaluate(net, loss, parameters, batch)),
    TE.map((all): Metrics => {
      const mean = (of: (m: Metrics) => number): number => all.reduce((t, m) => t + of(m), 0) / all.length;
      return {
        loss: mean((m) => m.loss),
        accuracy: all.some((m) => m.accuracy === null) ? null : mean((m) => m.accuracy ?? Number.NaN),
      };
    }),
  );

/**
 * A mutant for law 38: it leaves out a last batch that is not full.
 *
 * @example const law = partition(Mutants.fullBatchesOnly); // rejects it
 */
export const fullBatchesOnly: Evaluate = (net, loss, parameters, examples, size) => {
  const full = Math.floor(examples.count / size) * size;
  return evaluate(net, loss, parameters, full === 0 ? examples : part(examples, 0, full), size);
};

/** The events of a stream, with more seconds in those that tell of them. */
async function* later<P extends Tree.Tree>(
  stream: AsyncIterable<TrainEvent<P>>,
  more: (event: TrainEvent<P>) => number,
): AsyncGenerator<TrainEvent<P>, void, undefined> {
  for await (const event of stream) {
    const seconds = more(event);
    yield event.tag === 'epoch' || event.tag === 'checkpoint'
      ? { ...event, seconds: event.seconds + seconds }
      : event;
  }
}

const sumsOf = <P extends Tree.Tree>(more: (event: TrainEvent<P>) => number) => {
  let total = 0;
  return (event: TrainEvent<P>): number => (total += more(event));
};

/** A mutant for law 39: its diagnostics count as training. */
export const diagnosticsCount: Loops = {
  train: (net, loss, options) =>
    later(
      train(net, loss, options),
      sumsOf((e) => (e.tag === 'diagnostics' ? e.seconds : 0)),
    ),
  descend: (net, loss, options) =>
    later(
      descend(net, loss, options),
      sumsOf((e) => (e.tag === 'diagnostics' ? e.seconds : 0)),
    ),
};

/**
 * A mutant for law 39: its seconds are those of the clock on the wall, so evaluation and the reader
 * count.
 */
export const wallClock: Loops = {
  train: (net, loss, options) => sinceFirst(train(net, loss, options)),
  descend: (net, loss, options) => sinceFirst(descend(net, loss, options)),
};

async function* sinceFirst<P extends Tree.Tree>(
  stream: AsyncIterable<TrainEvent<P>>,
): AsyncGenerator<TrainEvent<P>, void, undefined> {
  let first: number | undefined;
  for await (const event of stream) {
    first ??= performance.now();
    const seconds = (performance.now() - first) / 1000;
    yield event.tag === 'epoch' || event.tag === 'checkpoint' ? { ...event, seconds } : event;
  }
}
