/**
 * Laws 36 and 37: `start` runs once and the schedule each time, and the report of a link is the
 * last solve of its parameters.
 */
import * as fc from 'fast-check';
import {
  advance,
  andThen,
  descend,
  describe,
  energyOf,
  explicit,
  forwardState,
  groupParameters,
  type Method,
  orThrow,
  readNow,
  repeat,
  routes,
  scope,
  type State,
  type Step,
  together,
  toNumber,
  Tree,
  x,
} from '../src';
import { runDirection, reanchored, ungroupParameters, valueOf } from '../src/internal';
import { buildChain, type BuiltNet, byLoss, type ChainCase, chains } from './arbitrary';
import { type Descend } from './clock';
import { length, values } from './compare';
import { type EnergyCase, energyCases, optionsOf } from './formula';
import { all, type AsyncLaw, type Law, type Verdict } from './law';
import { numberOf } from './numbers';
import { nearUnlessDiverged, type ProgramCase, programOf, programs } from './programs';
import { eventsOf, streamExamples } from './stream';

/** A random method: an energy, a start, and a schedule that is run several times. */
export interface ProgrammedMethod {
  readonly chain: ChainCase;
  readonly energy: EnergyCase;
  readonly start: ProgramCase;
  readonly schedule: ProgramCase;
  /** How often the schedule is run. */
  readonly times: number;
}

/** Methods made of random programs, on chains of one to three dense layers. */
export const methodsOfPrograms: fc.Arbitrary<ProgrammedMethod> = fc.record({
  chain: chains({ depth: [1, 3] }),
  energy: energyCases,
  start: programs,
  schedule: programs,
  times: fc.integer({ min: 0, max: 3 }),
});

/**
 * The steps of a case on its energy. Its sweep ends with a small step on every activation, since
 * methods have to move each.
 */
const stepsOf = (c: ProgrammedMethod, { net, loss }: BuiltNet) => {
  const options = optionsOf(c.energy);
  const energy = energyOf(net, loss, options);
  const hidden = energy.links.slice(0, -1).map(({ number }) => x(number));
  const sweep = andThen(
    programOf(c.schedule, energy),
    ...(hidden.length === 0 ? [] : [explicit(together(...hidden), 0.05)]),
  );
  return { energy, options, start: programOf(c.start, energy), sweep };
};

const methodOf = (options: Method['energy'], start: Step, schedule: Step): Method => ({
  name: 'a random program',
  energy: options,
  start: () => start,
  schedule: () => schedule,
});

const isFinite = (numbers: Float64Array): boolean => numbers.every((v) => Number.isFinite(v));

/**
 * Law 36: the parameters after k sweeps of `descend` are those after `start` and k runs of the
 * schedule by `advance`, each from the state where the one before ended; with the same solves in
 * each sweep, and with J at the parameters before it. Between sweeps variables are anchored where
 * they are, which frozen steps see. The tolerance is that of law 31.
 *
 * @param descending the loop under law. Default: `descend`
 *
 * @example (await checkAsync(onceOrEachTime(), { numRuns: 2 })).violation ?? 'holds' // 'holds'
 */
export const onceOrEachTime = (descending: Descend = descend): AsyncLaw<ProgrammedMethod> => ({
  number: numberOf('onceOrEach'),
  name: 'once or each time: k sweeps are the start, then k times the schedule',
  strata: byLoss((c) => c.chain),
  arbitrary: methodsOfPrograms,
  holds: async (c): Promise<Verdict> => {
    const built: BuiltNet = buildChain(c.chain);
    const { net, loss, parameters, example } = built;
    const { energy, options, start, sweep } = stepsOf(c, built);
    const thetaOf = (state: State): Tree.Tree => {
      const values = state.parameters.map((v) => valueOf(v));
      return ungroupParameters(energy, values, parameters);
    };
    const lossAt = (state: State): number =>
      scope(() => toNumber(loss.value(net.forward(thetaOf(state), example.input), example.target)));
    let state = forwardState(energy, groupParameters(energy, parameters), example.input);
    const expected: { readonly solves: string; readonly loss: number }[] = [];
    for (let k = 1; k <= c.times; k++) {
      const before = lossAt(state);
      const begun = k === 1 ? advance(energy, start, state, example.target) : { state, solves: [] };
      const swept = advance(energy, sweep, begun.state, example.target);
      state = reanchored(swept.state);
      const solves = [...begun.solves, ...swept.solves].map(({ block }) => block).join();
      expected.push({ solves, loss: before });
    }
    const end = values(thetaOf(state));
    const data = streamExamples(example);
    const events = await eventsOf(
      descending(net, loss, {
        parameters,
        method: methodOf(options, start, sweep),
        sweeps: c.times,
        train: data,
        test: data,
      }),
    );
    const last = events.at(-1);
    if (last?.tag !== 'done') {
      if (!isFinite(end) || !Number.isFinite(lossAt(state))) return true;
      return last?.tag === 'failed' ? `failed: ${describe(last.error)}` : 'no last event';
    }
    const batches = events.flatMap((e) => (e.tag === 'batch' ? [e] : []));
    if (batches.length !== c.times) return `${batches.length} sweeps, not ${c.times}`;
    return all(
      nearUnlessDiverged('the parameters', values(last.parameters), end, 1e-4),
      ...batches.map((batch, i): Verdict => {
        const blocks = batch.solves.map(({ block }) => block).join();
        const { solves, loss: before } = expected[i] ?? { solves: '', loss: Number.NaN };
        if (blocks !== solves)
          return `sweep ${i + 1} solves ${blocks || 'nothing'}, not ${solves || 'nothing'}`;
        return nearUnlessDiverged(
          `J before sweep ${i + 1}`,
          Float64Array.of(batch.loss),
          Float64Array.of(before),
          1e-4,
        );
      }),
    );
  },
});

/**
 * Law 37: for a link whose parameters are solved for, alone or together with others, `routes` shows
 * the last such report of the run, number for number; for another link it shows none.
 *
 * @param show what shows the reports. Default: `routes`
 *
 * @example check(lastSolveShown(), { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const lastSolveShown = (show: typeof routes = routes): Law<ProgrammedMethod> => ({
  number: numberOf('lastSolve'),
  name: 'what is shown of a link is the last solve of its parameters',
  strata: byLoss((c) => c.chain),
  arbitrary: methodsOfPrograms,
  holds: (c): Verdict => {
    const built = buildChain(c.chain);
    const { net, loss, parameters, example } = built;
    const { energy, options, start, sweep } = stepsOf(c, built);
    const step = repeat(Math.max(1, c.times), sweep);
    const { direction, solves } = runDirection(energy, andThen(start, step), parameters, example);
    if (!isFinite(values(direction))) return true;
    const shown = orThrow(show(net, loss, methodOf(options, start, step))(parameters, example));
    const moved = groupParameters(energy, direction);
    return all(
      ...energy.links.map(({ number }, i): Verdict => {
        const row = shown[i];
        const own = solves.filter(({ block }) => block.split(', ').includes(`θ_${number}`)).at(-1);
        if (row?.link !== number) return `no row of link ${number}`;
        const tells = JSON.stringify(row.solve);
        const change = moved[i] ?? [];
        if (Tree.leaves(change).length === 0)
          return row.step === 'no parameters' && row.solve === undefined
            ? true
            : `link ${number}, which has no parameters, shows ${row.step}`;
        if (own !== undefined) {
          const last = JSON.stringify(readNow(own));
          return row.step === 'implicit' && tells === last
            ? true
            : `link ${number} shows ${row.step}, ${tells}, where the last solve is ${last}`;
        }
        if (row.solve !== undefined) return `link ${number} shows a solve, where there is none`;
        const still = length(values(change)) === 0;
        return still || row.step === 'explicit' ? true : `link ${number} shows ${row.step}, and moves`;
      }),
    );
  },
});
