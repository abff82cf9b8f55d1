/**
 * Entries of modules of the user's. An error in one of their functions names the module and the
 * entry.
 */
import * as E from 'fp-ts/Either';
import * as t from 'io-ts';
import { error, type ErrorTag, fail, Fault, isRecord, shownThrown } from '../core';
import {
  type Codec,
  type DataConfig,
  type Entry,
  type LayerConfig,
  type LayerPlace,
  type TypedConfig,
} from '../registry';
import { awaited } from './settled';
import { isDataset, isLayer, isMethod, isOptimizer } from './shapes';

const kindOf = (value: unknown): string => {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' ? 'another object' : `a ${typeof value}`;
};

/** What was thrown at a path, as a `Fault` that says so; a `Fault` as it is. */
const laidTo = (path: string, tag: ErrorTag, thrown: unknown): Fault =>
  thrown instanceof Fault
    ? thrown
    : new Fault({ ...error(tag, path, 'a function that runs', shownThrown(thrown)), cause: thrown });

const laying = <A>(path: string, tag: ErrorTag, f: () => A): A => {
  try {
    return f();
  } catch (thrown) {
    throw laidTo(path, tag, thrown);
  }
};

const guardedCodec = <A>(path: string, tag: ErrorTag, codec: Codec<A>): Codec<A> =>
  new t.Type<A, unknown>(
    codec.name,
    (u): u is A => E.isRight(codec.validate(u, [])),
    (u, context) => laying(path, tag, () => codec.validate(u, context)),
    (a) => a,
  );

/** What a builder gave, if it is what it should be. */
const built = <A>(
  path: string,
  tag: ErrorTag,
  what: string,
  is: (value: unknown) => boolean,
  build: () => A,
): A => {
  const value = laying(path, tag, build);
  return is(value) ? value : fail(tag, path, what, kindOf(value));
};

/** A dataset that a reader gave, or its failure. */
const isResult = (value: unknown): boolean =>
  isRecord(value) && (value['_tag'] === 'Left' || (value['_tag'] === 'Right' && isDataset(value['right'])));

/**
 * Wraps an entry of a module of yours, so that errors in its functions name the module and the
 * entry.
 *
 * @param path the module and the entry, as errors name them
 * @param entry the entry
 *
 * @example datasets.map((entry) => guarded(`own.mjs: ${entry.name}`, entry).name)
 */
export const guarded = (path: string, entry: Entry): Entry => {
  switch (entry.kind) {
    case 'layer':
      return {
        ...entry,
        codec: (nested) =>
          guardedCodec(
            `${path}.keys`,
            'layer',
            laying(`${path}.keys`, 'layer', () => entry.codec(nested)),
          ),
        build: (config: LayerConfig, place: LayerPlace) =>
          built(`${path}.build`, 'layer', 'a layer', isLayer, () => entry.build(config, place)),
      };
    case 'method':
      return {
        ...entry,
        codec: guardedCodec(`${path}.keys`, 'schedule', entry.codec),
        build: (config: TypedConfig) =>
          built(`${path}.build`, 'schedule', 'a method', isMethod, () => entry.build(config)),
      };
    case 'optimizer':
      return {
        ...entry,
        codec: guardedCodec(`${path}.keys`, 'optimizer', entry.codec),
        build: (config: TypedConfig) =>
          built(`${path}.build`, 'optimizer', 'an optimizer', isOptimizer, () => entry.build(config)),
      };
    case 'dataset': {
      const { shape, read } = entry;
      return {
        ...entry,
        ...(shape === undefined
          ? {}
          : { shape: (config: DataConfig) => laying(`${path}.shape`, 'data', () => shape(config)) }),
        read: (folder: string, config: DataConfig) => async () => {
          const at = `${path}.read`;
          try {
            const found = await awaited(at, 'a dataset', Promise.resolve(read(folder, config)()));
            return isResult(found) ? found : fail('data', at, 'a TaskEither of a dataset', kindOf(found));
          } catch (thrown) {
            return E.left(laidTo(at, 'data', thrown).error);
          }
        },
      };
    }
  }
};
