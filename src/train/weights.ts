/**
 * Parameters without an optimizer, as bytes in the safetensors format. Loading also takes files of
 * other programs: in part, under other names, and from other kinds of numbers.
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

/**
 * Maps the names in a file to those of the parameters: a record of the names that differ, or a
 * function of each name.
 */
export type Rename = Readonly<Record<string, string>> | ((name: string) => string);

/** Options of `loadWeights` and `decodeWeights`. */
export interface LoadWeights<P extends Tree.Tree> {
  /**
   * Parameters of the network, such as `net.init(key)`, whose numbers are kept where nothing is
   * loaded. They stay yours, unchanged.
   */
  readonly parameters: P;
  /** Which tensors of the parameters to load; the others keep their numbers. Default: all. */
  readonly take?: Take;
  /** Default: names stay as they are. */
  readonly rename?: Rename;
}

/** A tensor that was loaded. */
export interface TakenWeights {
  /** Its name in the parameters, such as `0.weights`. */
  readonly name: string;
  /** Its name in the file. */
  readonly from: string;
  /** The kind of its numbers in the file. */
  readonly dtype: Dtype;
}

/** Loaded parameters, with the names of the tensors that were loaded, kept and not used. */
export interface LoadedWeights<P extends Tree.Tree> {
  /** New tensors, which you dispose of. */
  readonly parameters: P;
  /** The tensors that were loaded. */
  readonly taken: readonly TakenWeights[];
  /** Names of tensors of the parameters that kept their numbers. */
  readonly kept: readonly string[];
  /** Names of tensors of the file that were not used. */
  readonly unused: readonly string[];
  /** The texts of the file. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** A tensor as the header of a file describes it. */
interface Announced {
  readonly dtype: string;
  readonly shape: Shape;
}

const PARAMETERS = 'parameters';
/** The sections of a checkpoint; a file of weights has only the first. */
const isSection = (name: string): boolean => /^(parameters|optimizer|method)(\.|$)/.test(name);
const isParameter = (name: string): boolean => /^parameters(\.|$)/.test(name);

/**
 * The bytes of a safetensors file with these parameters and no optimizer. Each tensor is stored by
 * its path, such as `parameters.0.weights`, as in a checkpoint. Numbers are F32, and F64 on the
 * float64 backend. Equal parameters give equal bytes. The tensors stay yours.
 *
 * `metadata` are texts by name that the file holds beside the tensors.
 *
 * Returns a `Left` with tag `data` and the name of the tensor for numbers that are not finite,
 * `memory` for a freed tensor, and `backend` for a lost device.
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

/**
 * The tensors of a file by the names that `rename` sees. For a checkpoint of this library, these
 * names lack the section.
 */
const offered = (names: readonly string[]): ReadonlyMap<string, string> => {
  const ours = names.every(isSection) && names.some(isParameter);
  return new Map(
    (ours ? names.filter(isParameter) : names).map((name) => [
      ours ? name.slice(PARAMETERS.length + 1) : name,
      name,
    ]),
  );
};

/** The tensors of a file by their names in the parameters. */
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

/** For each tensor of the parameters, its source. */
export interface WeightsPlan {
  readonly from: ReadonlyMap<string, string>;
  readonly kept: readonly string[];
  readonly unused: readonly string[];
}

/**
 * Names an unused tensor in place of a missing one: often it is the same tensor under another name.
 */
const instead = (unused: readonly string[]): string => {
  const [first, ...others] = unused;
  if (first === undefined) return 'none';
  return `none, but ${short(first)}${others.length === 0 ? '' : ` and ${others.length} more that are not used`}`;
};

/** The plan for loading a file. Throws a `Fault` if the file lacks a wanted tensor. */
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

/** The plan for loading a file with these tensors. Returns a `Left` as `decodeWeights` does. */
export const plannedWeights = <P extends Tree.Tree>(
  path: string,
  tensors: ReadonlyMap<string, Announced>,
  options: LoadWeights<P>,
): E.Either<ProxpropError, WeightsPlan> => attemptAll(path, () => planOf(path, tensors, options));

/**
 * The parameters with the numbers of a file. Returns a `Left` with tag `data` for numbers that
 * cannot be loaded.
 */
export const filledTree = <P extends Tree.Tree>(
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
 * Parameters with numbers loaded from bytes: those of `encodeWeights`, of a checkpoint (its
 * optimizer is ignored), or of a safetensors file of another program. If all tensors of a file
 * belong to a checkpoint, their names are used without `parameters.`. Numbers F32, F16 and BF16 are
 * loaded exactly. F64 is rounded to the nearest float32, except on the float64 backend. The result
 * lists the tensors that were loaded, kept and not used.
 *
 * `path` only names the source in errors.
 *
 * Returns a `Left` that names the tensor. The tag is `data` if the bytes are no safetensors file,
 * or if a wanted tensor is missing, has another shape or kind, is not finite, or is out of the
 * range of float32. The tag is `options` if a name in `take` matches no tensor of the parameters,
 * if a name in `rename` matches none of the file, if two tensors of the file get one name, or if a
 * function of yours throws. The tag is `memory` for freed parameters.
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
        E.chain((plan) => filledTree(path, plan, contents, options)),
      ),
    ),
  );
