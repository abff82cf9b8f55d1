/**
 * Parameters without an optimizer, as bytes in the safetensors format; and parameters filled from such a file, or from one of another
 * program: whole or in part, under other names, from other kinds of numbers.
 */
import { type Tensor } from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/Either';
import { pipe } from 'fp-ts/function';
import type * as TE from 'fp-ts/TaskEither';
import {
  attemptAll,
  attemptAllTask,
  explaining,
  fail,
  type ProxpropError,
  sameShape,
  scope,
  type Shape,
  short,
  showShape,
  Tree,
} from '../core';
import { checkReal, nearestTensor, readAll } from './numbers';
import { type Dtype, decodeSafetensors, encodeSafetensors, type Safetensors } from './safetensors';
import { type Take, takenOf } from './take';

/** From the names in a file to those of the parameters: some of them, the others as they are; or a function of each. */
export type Rename = Readonly<Record<string, string>> | ((name: string) => string);

/** Options of `loadWeights`: the parameters to begin from, what to take, and other names. */
export interface LoadWeights<P extends Tree.Tree> {
  /** Where the numbers go, such as `net.init(key)`: stays the caller's, unchanged. */
  readonly parameters: P;
  /** Which tensors of the parameters are to be taken from the file; the others keep their numbers. Default: all. */
  readonly take?: Take;
  /** Default: the names as they are. */
  readonly rename?: Rename;
}

/** A tensor that was taken. */
export interface TakenWeights {
  /** In the parameters, such as `0.weights`. */
  readonly name: string;
  /** In the file. */
  readonly from: string;
  /** The kind of numbers in the file. */
  readonly dtype: Dtype;
}

/** Parameters with tensors of a file, and the names of what was taken, kept and not used. */
export interface LoadedWeights<P extends Tree.Tree> {
  /** Tensors of their own, all the caller's. */
  readonly parameters: P;
  readonly taken: readonly TakenWeights[];
  /** Tensors of the parameters that kept their numbers. */
  readonly kept: readonly string[];
  /** Tensors of the file that were not used, by their names there. */
  readonly unused: readonly string[];
  /** Texts of the file. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** What a file says of a tensor before its numbers are read. */
interface Announced {
  readonly dtype: string;
  readonly shape: Shape;
}

const PARAMETERS = 'parameters';
/** The sections of a checkpoint; a file of weights has the first alone. */
const isSection = (name: string): boolean => /^(parameters|optimizer|method)(\.|$)/.test(name);
const isParameter = (name: string): boolean => /^parameters(\.|$)/.test(name);

/**
 * The bytes of a file with these parameters and no optimizer: each tensor by its path, `parameters.0.weights`, as in a checkpoint. The
 * numbers are those of the backend, F32; F64 of the float64 backend. Equal parameters give equal bytes. The tensors stay the caller's.
 * Left: `data` for numbers that are not finite, with the name of their tensor, `memory` for tensors that have been freed, `backend` for a
 * lost device.
 *
 * @example const bytes = await encodeWeights(parameters)();
 */
export const encodeWeights = (
  parameters: Tree.Tree,
  metadata: Readonly<Record<string, string>> = {},
): TE.TaskEither<ProxpropError, Uint8Array> =>
  attemptAllTask('weights', async () =>
    encodeSafetensors(
      await readAll(Tree.leavesWithPath(parameters, PARAMETERS)),
      new Map(Object.entries(metadata)),
    ),
  );

/** The tensors of a file by the names that `rename` is asked for: those of a checkpoint of ours without its section. */
const offered = (names: readonly string[]): ReadonlyMap<string, string> => {
  const ours = names.every(isSection) && names.some(isParameter);
  return new Map(
    (ours ? names.filter(isParameter) : names).map((name) => [
      ours ? name.slice(PARAMETERS.length + 1) : name,
      name,
    ]),
  );
};

/** The tensors of a file by the names that they are to have in the parameters. */
const renamed = (
  path: string,
  names: ReadonlyMap<string, string>,
  rename: Rename | undefined,
): ReadonlyMap<string, string> => {
  const map = new Map<string, string>(typeof rename === 'object' ? Object.entries(rename) : []);
  for (const from of map.keys())
    if (!names.has(from)) fail('options', `rename.${short(from)}`, `a tensor of ${path}`, 'none');
  const result = new Map<string, string>();
  for (const [name, inFile] of names) {
    const to: unknown =
      typeof rename === 'function'
        ? explaining('rename', () => rename(name), 'options')
        : (map.get(name) ?? name);
    if (typeof to !== 'string')
      return fail('options', `rename(${short(JSON.stringify(name))})`, 'a name', short(String(to)));
    const other = result.get(to);
    if (other !== undefined)
      fail(
        'options',
        `rename: ${short(to)}`,
        'one tensor of the file',
        `${short(other)} and ${short(inFile)}`,
      );
    result.set(to, inFile);
  }
  return result;
};

/** Where the numbers of each tensor of the parameters come from. */
export interface WeightsPlan {
  readonly from: ReadonlyMap<string, string>;
  readonly kept: readonly string[];
  readonly unused: readonly string[];
}

/** What there is instead of a missing tensor: often the same under another name. */
const instead = (unused: readonly string[]): string => {
  const [first, ...others] = unused;
  if (first === undefined) return 'none';
  return `none, but ${short(first)}${others.length === 0 ? '' : ` and ${others.length} more that are not used`}`;
};

/** What is to be taken from a file, or a `Fault` where it has not what is asked for. */
const planOf = <P extends Tree.Tree>(
  path: string,
  tensors: ReadonlyMap<string, Announced>,
  { parameters, take, rename }: LoadWeights<P>,
): WeightsPlan => {
  const leaves = new Map<string, Tensor>(Tree.leavesWithPath(parameters));
  const wanted = new Set(takenOf([...leaves.keys()], take));
  const available = renamed(path, offered([...tensors.keys()]), rename);
  const from = new Map<string, string>();
  for (const name of wanted) {
    const inFile = available.get(name);
    if (inFile !== undefined) from.set(name, inFile);
  }
  const used = new Set(from.values());
  const unused = [...tensors.keys()].filter((name) => !used.has(name)).sort();
  for (const [name, leaf] of leaves) {
    if (!wanted.has(name)) continue;
    const place = `${path}: ${name === '' ? PARAMETERS : name}`;
    checkReal(place, leaf);
    const found = tensors.get(from.get(name) ?? '');
    if (found === undefined) fail('data', place, `a tensor ${showShape(leaf.shape)}`, instead(unused));
    else if (!sameShape(found.shape, leaf.shape))
      fail('data', place, `a tensor ${showShape(leaf.shape)}`, `a tensor ${short(showShape(found.shape))}`);
  }
  return { from, kept: [...leaves.keys()].filter((name) => !wanted.has(name)), unused };
};

/** What is to be taken from a file of these tensors. Left: as `decodeWeights`. */
export const plannedWeights = <P extends Tree.Tree>(
  path: string,
  tensors: ReadonlyMap<string, Announced>,
  options: LoadWeights<P>,
): E.Either<ProxpropError, WeightsPlan> => attemptAll(path, () => planOf(path, tensors, options));

/** The parameters with the numbers of a file. Left: `data` for numbers that cannot be taken. */
export const filled = <P extends Tree.Tree>(
  path: string,
  { from, kept, unused }: WeightsPlan,
  { tensors, metadata }: Safetensors,
  { parameters }: LoadWeights<P>,
): E.Either<ProxpropError, LoadedWeights<P>> =>
  attemptAll(path, () =>
    scope(() => {
      const taken: TakenWeights[] = [];
      const numbers = Tree.map((leaf, name) => {
        const inFile = from.get(name);
        if (inFile === undefined) return leaf.clone();
        const one = tensors.get(inFile) ?? fail('data', `${path}: ${inFile}`, 'a tensor', 'none');
        taken.push({ name, from: inFile, dtype: one.dtype });
        return nearestTensor(`${path}: ${inFile}`, one);
      })(parameters);
      return { parameters: numbers, taken, kept, unused, metadata: Object.fromEntries(metadata) };
    }),
  );

/**
 * Parameters with the numbers that bytes hold: those of `encodeWeights`, of a checkpoint, whose optimizer is left out, or of a
 * safetensors file of another program. Where all tensors of a file are those of a checkpoint, their names are taken without
 * `parameters.`. Numbers F32, F16 and BF16 are taken as they are, F64 rounded to the nearest float32 (on the float64 backend as they
 * are). The result says which tensors were taken, which kept their numbers, and which of the file were not used.
 *
 * Left, naming the tensor: `data` for bytes that are no safetensors file; for a tensor that is to be taken and is missing, of another
 * shape or kind, not finite, or beyond float32. `options`: a name of `take` that no tensor of the parameters has; a name of `rename`
 * that none of the file has; two tensors of the file of one name; what your functions throw. `memory`: parameters that have been freed.
 *
 * @example
 * const bytes = orThrow(await encodeWeights({ fc: parameters[0] })());
 * const rename = { 'fc.weights': '0.weights', 'fc.bias': '0.bias' };
 * decodeWeights('a.safetensors', bytes, { parameters: net.init(key), take: ['0'], rename })
 */
export const decodeWeights = <P extends Tree.Tree>(
  path: string,
  bytes: Uint8Array,
  options: LoadWeights<P>,
): E.Either<ProxpropError, LoadedWeights<P>> =>
  pipe(
    decodeSafetensors(path, bytes),
    E.chain((contents) =>
      pipe(
        plannedWeights(path, contents.tensors, options),
        E.chain((plan) => filled(path, plan, contents, options)),
      ),
    ),
  );
