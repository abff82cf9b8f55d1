/**
 * Checkpoints as bytes in the safetensors format: everything that a training needs to continue. A
 * checkpoint holds no time and no machine name, so equal trainings give equal bytes. Its names are:
 *
 *     parameters.0.weights               the parameters, by their paths in the tree
 *     optimizer.0.1.0.weights            of slot 0 of the optimizer: of its moment 1
 *     method.2.mean                      the memory of the method; see `memory.ts`
 *     __metadata__: epoch, optimizer.0.step, and texts of your own
 */
import { type Tensor } from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/Either';
import { pipe } from 'fp-ts/function';
import type * as TE from 'fp-ts/TaskEither';
import {
  attemptAll,
  attemptAllTask,
  fail,
  type ProxpropError,
  sameShape,
  scope,
  type Shape,
  short,
  showShape,
  Tree,
  whole,
} from '../core';
import { type Memory } from '../energy';
import { initOptimizer, type Optimizer, type OptimizerState } from '../optimizer';
import { isOfMemory, memoryFrom, namedMemory, namesInMemory } from './memory';
import { exactTensor, readAll } from './numbers';
import { decodeSafetensors, encodeSafetensors, type Safetensors } from './safetensors';
import { type Header } from './safetensorsHeader';

/**
 * The state from which a training continues: the parameters, the state of the optimizer, the memory
 * of the method, and the epoch.
 */
export interface Checkpoint<P extends Tree.Tree> {
  readonly parameters: P;
  /** The state of the optimizer, as a `checkpoint` event gives it in `state`. */
  readonly optimizerState: OptimizerState<P>;
  /** The memory of the method. Default: empty. */
  readonly memory?: Memory;
  /** Epochs already trained, at least 0. */
  readonly epoch: number;
  /** Texts of your own by name. The names `epoch` and `optimizer.…` are reserved. Default: none. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** The network and the optimizer that a checkpoint has to fit. */
export interface CheckpointLike<P extends Tree.Tree> {
  /** Parameters of the network, such as `net.init(key)`. Only their names and shapes are used. */
  readonly parameters: P;
  /** The optimizer whose state the checkpoint holds. */
  readonly optimizer: Optimizer;
}

/**
 * A loaded checkpoint. You can pass it as the option `resume` of `train`. You dispose of its
 * tensors.
 */
export interface LoadedCheckpoint<P extends Tree.Tree> {
  readonly parameters: P;
  /** The state of the optimizer. */
  readonly state: OptimizerState<P>;
  /** The memory of the method: an empty tree if the file holds none. */
  readonly memory: Memory;
  /** Epochs already trained. */
  readonly epoch: number;
  /** Your own texts, by name. */
  readonly metadata: Readonly<Record<string, string>>;
}

const momentName = (slot: number, moment: number): string => `optimizer.${slot}.${moment}`;
const stepName = (slot: number): string => `optimizer.${slot}.step`;
const isOurs = (name: string): boolean => name === 'epoch' || name.startsWith('optimizer.');

/** The tensors of parameters and optimizer, by their names in the file. */
const named = (
  parameters: Tree.Tree,
  state: OptimizerState<Tree.Tree>,
): readonly (readonly [string, Tensor])[] => [
  ...Tree.leavesWithPath(parameters, 'parameters'),
  ...state.flatMap(({ moments }, i) =>
    moments.flatMap((moment, j) => Tree.leavesWithPath(moment, momentName(i, j))),
  ),
];

/**
 * The bytes of a checkpoint, as a safetensors file. All tensors are read at once and
 * asynchronously, so the device does not stall. They stay yours.
 *
 * Returns a `Left` with tag `options` for a bad epoch or a reserved name, `data` with the name of
 * the tensor for numbers that are not finite, `memory` for a freed tensor, and `backend` for a lost
 * device.
 *
 * @example encodeCheckpoint({ parameters, optimizerState: state, epoch: 3 })
 */
export const encodeCheckpoint = <P extends Tree.Tree>({
  parameters,
  optimizerState,
  memory = {},
  epoch,
  metadata = {},
}: Checkpoint<P>): TE.TaskEither<ProxpropError, Uint8Array> =>
  attemptAllTask('checkpoint', async () => {
    const texts = new Map([['epoch', `${whole('epoch', epoch, 0)}`]]);
    optimizerState.forEach(({ step }, i) => texts.set(stepName(i), `${whole(stepName(i), step, 0)}`));
    for (const [name, text] of Object.entries(metadata)) {
      if (isOurs(name)) fail('options', `metadata.${name}`, 'a name that checkpoints do not reserve', name);
      texts.set(name, text);
    }
    const leaves = [...named(parameters, optimizerState), ...namedMemory(memory)];
    return encodeSafetensors(await readAll(leaves), texts);
  });

/** Throws a `Fault` unless a file holds exactly the expected tensors, each with its shape. */
const checkTensors = (
  path: string,
  expected: ReadonlyMap<string, Tensor>,
  found: ReadonlyMap<string, { readonly shape: Shape }>,
): void => {
  for (const [name, { shape }] of expected) {
    const one = found.get(name);
    if (one === undefined) fail('data', `${path}: ${name}`, `a tensor ${showShape(shape)}`, 'none');
    else if (!sameShape(one.shape, shape))
      fail(
        'data',
        `${path}: ${name}`,
        `a tensor ${showShape(shape)}`,
        `a tensor ${short(showShape(one.shape))}`,
      );
  }
  for (const [name, { shape }] of found)
    if (!expected.has(name))
      fail('data', `${path}: ${short(name)}`, 'no tensor', `a tensor ${short(showShape(shape))}`);
};

const count = (path: string, metadata: ReadonlyMap<string, string>, name: string): number => {
  const text = metadata.get(name);
  return text !== undefined && /^\d+$/.test(text) && Number.isSafeInteger(Number(text))
    ? Number(text)
    : fail(
        'data',
        `${path}: __metadata__.${name}`,
        'a whole number of at least 0',
        text === undefined ? 'nothing' : short(JSON.stringify(text.slice(0, 100))),
      );
};

/**
 * The epoch, the steps of the optimizer and an empty state, read from the header of a file that
 * fits.
 */
const fitting = <P extends Tree.Tree>(
  path: string,
  tensors: ReadonlyMap<string, { readonly shape: Shape }>,
  metadata: ReadonlyMap<string, string>,
  { parameters: like, optimizer }: CheckpointLike<P>,
): Pick<LoadedCheckpoint<P>, 'epoch' | 'state'> & { readonly names: readonly string[] } => {
  const empty = initOptimizer(optimizer, like);
  const others = new Map([...tensors].filter(([name]) => !isOfMemory(name)));
  checkTensors(path, new Map(named(like, empty)), others);
  const names = namesInMemory(path, tensors);
  const epoch = count(path, metadata, 'epoch');
  const state = empty.map(({ moments }, i) => ({ moments, step: count(path, metadata, stepName(i)) }));
  const more = [...metadata.keys()].filter((name) => isOurs(name) && name !== 'epoch');
  const surplus = more.find((name) => !state.some((_, i) => name === stepName(i)));
  if (surplus !== undefined)
    fail(
      'data',
      `${path}: __metadata__.${short(surplus)}`,
      `${state.length} slots of the optimizer`,
      'a further one',
    );
  return { epoch, state, names };
};

/**
 * Whether a file with this header can hold such a checkpoint. Returns a `Left` as
 * `decodeCheckpoint` does.
 */
export const isHeaderOf = <P extends Tree.Tree>(
  path: string,
  { entries, metadata }: Header,
  like: CheckpointLike<P>,
): E.Either<ProxpropError, undefined> =>
  attemptAll(path, () => {
    scope(() => {
      fitting(path, new Map(entries.map((entry) => [entry.name, entry])), metadata, like);
    });
    return undefined;
  });

/** The checkpoint in a safetensors file. Returns a `Left` as `decodeCheckpoint` does. */
export const checkpointIn = <P extends Tree.Tree>(
  path: string,
  { tensors, metadata }: Safetensors,
  like: CheckpointLike<P>,
): E.Either<ProxpropError, LoadedCheckpoint<P>> =>
  attemptAll(path, () =>
    scope(() => {
      const { epoch, state, names } = fitting(path, tensors, metadata, like);
      const tensorAt = (name: string): Tensor =>
        exactTensor(
          `${path}: ${name}`,
          tensors.get(name) ?? fail('data', `${path}: ${name}`, 'a tensor', 'none'),
        );
      const filled = (tree: P, prefix: string): P =>
        Tree.fromLeaves(
          tree,
          Tree.leavesWithPath(tree, prefix).map(([name]) => tensorAt(name)),
        );
      return {
        parameters: filled(like.parameters, 'parameters'),
        state: state.map(({ moments, step }, i) => ({
          step,
          moments: moments.map((moment, j) => filled(moment, momentName(i, j))),
        })),
        memory: memoryFrom(names, tensorAt),
        epoch,
        metadata: Object.fromEntries([...metadata].filter(([name]) => !isOurs(name))),
      };
    }),
  );

/**
 * The checkpoint in some bytes, if it fits the network and the optimizer. You dispose of its
 * tensors. `path` only names the source in errors.
 *
 * `like` has the parameters and the optimizer that the checkpoint has to fit.
 *
 * Returns a `Left` with tag `data` that names the place: for bytes that are no safetensors file;
 * for a tensor that is missing, surplus, not finite, or of another shape or kind; and if the epoch
 * or a step count is missing. Returns a `Left` with tag `options` if `optimizer` has
 * hyperparameters out of range.
 *
 * @example
 * const bytes = orThrow(await encodeCheckpoint({ parameters, optimizerState: state, epoch: 3 })());
 * decodeCheckpoint('a.safetensors', bytes, { parameters: net.init(key), optimizer: adam() })
 */
export const decodeCheckpoint = <P extends Tree.Tree>(
  path: string,
  bytes: Uint8Array,
  like: CheckpointLike<P>,
): E.Either<ProxpropError, LoadedCheckpoint<P>> =>
  pipe(
    decodeSafetensors(path, bytes),
    E.chain((contents) => checkpointIn(path, contents, like)),
  );
