/**
 * Directions of one step on batch after batch. What the interpreter did on two batches of the same
 * shapes, kernel by kernel, is a plan that replaces it on those that follow: the same kernels, and so
 * the same bytes, without the work of finding out which.
 *
 * A solve of an implicit step on parameters decides by what it reads, so a plan has it done anew.
 * Other steps that decide by what they read have no plan, nor have those that remember something.
 */
import { engine, type Tensor } from '@tensorflow/tfjs-core';
import { dispose, fail, Tree } from '../core';
import { type Energy, type Example, type Memory } from '../energy';
import {
  type Arguments,
  argumentsOf,
  begun,
  fits,
  type KernelPlan,
  planOf,
  type Recorded,
  recordedBy,
  sameRecorded,
} from '../replay';
import { pendingResiduals } from '../solver';
import { type BlockSolve } from './evaluator';
import { ridgeSolves } from './ridgeSolves';
import { type Direction, runDirection } from './run';
import { type Step } from './step';

/** What a caller of `repeated` may ask for. */
export interface DirectionRequest {
  /** Whether the effect on the energy is measured. */
  readonly diagnosed?: boolean;
  /** Called with J before any gradient is computed. */
  readonly afterForward?: ((loss: Tensor) => void) | undefined;
  /** What the steps remembered after the batch before. */
  readonly memory?: Memory;
}

/** `runDirection` of an energy and a step, on one batch after another. */
export type RepeatedStep = <P extends Tree.Tree>(
  parameters: P,
  example: Example,
  request?: DirectionRequest,
) => Direction<P>;

/** So many shapes of batches have a plan: those of full batches, and of a last one that is smaller. */
const SHAPES = 4;
/** Every so many runs of a plan, the interpreter takes the batch, to see whether it still does the same. */
const COMPARED = 64;

/**
 * What is known of batches of some shapes: that there was one, how one was treated, or a plan.
 * `names` are the places of the parameters, in their order: trees of one type may differ in it.
 */
type Known = { readonly names: string } & (
  | { readonly tag: 'met'; readonly of: Arguments }
  | { readonly tag: 'recorded'; readonly of: Recorded }
  | {
      readonly tag: 'planned';
      readonly of: KernelPlan;
      readonly from: Recorded;
      readonly blocks: readonly string[];
      runs: number;
    }
);

const namesOf = (parameters: Tree.Tree): string =>
  Tree.leavesWithPath(parameters)
    .map(([path]) => path)
    .join();

const tensorsOf = (parameters: Tree.Tree, { input, target, weights }: Example): readonly Tensor[] => [
  ...Tree.leaves(parameters),
  input,
  target,
  ...(weights === undefined ? [] : [weights]),
];

/** Whether a direction consists of tensors and of reports of solves. */
const isPlain = ({ trust, kept, memory, diagnostics }: Direction<Tree.Tree>): boolean =>
  trust.length === 0 &&
  kept.places.length === 0 &&
  Object.keys(memory).length === 0 &&
  diagnostics === undefined;

/** What a run by a plan lacks. */
const NOTHING_ELSE = { trust: [], kept: { places: [], trees: [] }, memory: {} };

/**
 * The blocks of implicit steps in order, if each of them is work that a plan has done anew, with a
 * number for its residual.
 */
const solvedBlocks = ({ parts }: Recorded, solves: readonly BlockSolve[]): readonly string[] | undefined => {
  const works = parts.flatMap(({ events }) => events.filter((e) => e.tag === 'work' && e.outputs.length > 0));
  const isEach = works.length === solves.length && pendingResiduals(solves).length === 0;
  return isEach ? solves.map(({ block }) => block) : undefined;
};

/**
 * `runDirection` by the fast interpreter, on one batch after another: from the fourth batch of some
 * shapes on by a plan, if the two before were treated alike. Layers and losses of your own are then
 * no longer called, but for every 64th batch: if they then do something else than before, a `Fault`
 * with tag `layer` says so. A function that reads its tensors, or uses some from outside, has no
 * plan.
 */
export const repeated = (energy: Energy, step: Step): RepeatedStep => {
  /** The latest shapes come last. A cache: results are the same without it. */
  const known: Known[] = [];
  let mayPlan = true;
  const solves = ridgeSolves(energy);
  return (parameters, example, { diagnosed = false, afterForward, memory = {} } = {}) => {
    const interpreted = (seen = afterForward) =>
      runDirection(energy, step, parameters, example, 'fast', diagnosed, seen, memory, solves);
    // Inside a recording, the tape has to see every op.
    const isRecorded = engine().state.gradientDepth > 0;
    if (!mayPlan || diagnosed || isRecorded || Object.keys(memory).length > 0) return interpreted();
    const given = tensorsOf(parameters, example);
    const names = namesOf(parameters);
    const found = known.find((one) => one.names === names && fits(one.of, given));
    const remember = (next: Known): void => {
      if (found !== undefined) known.splice(known.indexOf(found), 1);
      known.push(next);
      if (known.length > SHAPES) known.shift();
    };
    if (found === undefined) {
      remember({ names, tag: 'met', of: argumentsOf(given) });
      return interpreted();
    }
    if (found.tag === 'planned' && ++found.runs % COMPARED !== 0) {
      const running = begun(found.of, given);
      const loss = running.first();
      // Where a kernel fails, the interpreter says which, and where.
      if (loss === undefined) return interpreted();
      try {
        afterForward?.(loss);
      } catch (thrown) {
        running.abandon();
        throw thrown;
      }
      const results = running.second();
      const reports = solves.end();
      if (results === undefined) return interpreted(() => undefined);
      return {
        direction: Tree.fromLeaves(parameters, results),
        loss,
        solves: found.blocks.flatMap((block, i) => {
          const report = reports[i];
          return report === undefined ? [] : [{ block, ...report }];
        }),
        ...NOTHING_ELSE,
      };
    }
    const { value, recorded } = recordedBy(
      given,
      ['forward', 'backward'],
      ({ pause }) =>
        interpreted((loss) => {
          pause(loss, () => {
            afterForward?.(loss);
          });
        }),
      (direction) => (isPlain(direction) ? Tree.leaves(direction.direction) : undefined),
    );
    const blocks = recorded === undefined ? undefined : solvedBlocks(recorded, value.solves);
    if (found.tag === 'met') {
      if (recorded === undefined || blocks === undefined) mayPlan = false;
      else remember({ names, tag: 'recorded', of: recorded });
      return value;
    }
    const isSame =
      recorded !== undefined && sameRecorded(found.tag === 'planned' ? found.from : found.of, recorded);
    if (found.tag === 'recorded') {
      if (isSame && blocks !== undefined)
        remember({ names, tag: 'planned', of: planOf(recorded), from: recorded, blocks, runs: 0 });
      else mayPlan = false;
    } else if (!isSame) {
      dispose(value.direction, value.loss);
      fail(
        'layer',
        `the network and its loss ${energy.loss.name}`,
        'pure functions, which do the same on every batch of a shape',
        `other ops or constants than ${found.runs} batches ago`,
      );
    }
    return value;
  };
};
