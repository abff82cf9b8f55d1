/**
 * Several batches as one: named parts whose features lie one behind the other. A network of several
 * inputs or outputs is thus a layer like any other, from one batch to one batch, and data, steps
 * and files need no change.
 */
import { cast, concat, reshape, slice, type Tensor } from '@tensorflow/tfjs-core';
import { fail } from './error';
import { scope } from './scope';
import { type Batch, checkBatch, checkShape, type Shape, sizeOf } from './shape';

/** The shape of each named part, without the batch axis. */
export type Shapes = Readonly<Record<string, Shape>>;

/** A batch for each name. */
export type Batches<S extends Shapes> = { readonly [K in keyof S]: Batch<S[K]> };

/** Numbers on the host for each name, row-major. */
export type HostParts<S extends Shapes> = { readonly [K in keyof S]: ArrayLike<number> };

/**
 * A packing of named parts in one batch: part p of shape S_p has the features
 * `from_p … from_p + ∏S_p`, and the next part follows, in the order of the names.
 */
export interface Features<S extends Shapes, I extends Shape = Shape> {
  /** The shape of each part. */
  readonly shapes: S;
  /** The shape of one packed example: [∏S_1 + … + ∏S_n]. */
  readonly shape: I;
  /** The names, in the order of the parts. */
  readonly names: readonly string[];
  /**
   * `[N, ...S_p]` of each part → `[N, size]` in float32, which is the caller's. Whole numbers, such
   * as tokens, stay exact. A `Fault` that names the part: `shape` for a part that is missing,
   * unknown, of another shape or another N; `data` for an int32 number beyond ±2²⁴, which float32
   * need not hold, and for tensors that are no numbers.
   */
  // Methods, as of `Layer`: a packing of parts that the compiler knows is one of parts that it does not.
  pack(parts: Batches<S>): Batch<I>;
  /**
   * [N, size] → [N, ...S_p] of each part, float32, which you own. It throws a `Fault` (`shape`) for
   * another batch.
   */
  unpack(batch: Batch<I>): Batches<S>;
  /** Gives one part of `unpack`. */
  take<const K extends keyof S & string>(name: K, batch: Batch<I>): Batch<S[K]>;
  /**
   * Packs `count` examples on the host, [count, size] row-major, as `Examples` hold them. It throws
   * as `pack` does, and a `Fault` (`shape`) for an array of another length.
   */
  packHost(count: number, parts: HostParts<S>): Float32Array;
}

/** Up to here float32 holds every whole number. */
const EXACT = 2 ** 24;

interface Place {
  readonly name: string;
  readonly shape: Shape;
  readonly from: number;
  readonly size: number;
}

const placesOf = (path: string, shapes: Shapes): readonly Place[] => {
  const names = Object.keys(shapes);
  if (names.length === 0) fail('shape', path, 'at least one named shape', 'none');
  return names.reduce<readonly Place[]>((before, name) => {
    // JavaScript puts such names before all others, wherever they were written.
    if (/^\d+$/.test(name)) fail('shape', path, 'names that are no whole numbers', `'${name}'`);
    const shape = checkShape(`${path}.${name}`, shapes[name] ?? []);
    const last = before.at(-1);
    return [
      ...before,
      { name, shape, from: last === undefined ? 0 : last.from + last.size, size: sizeOf(shape) },
    ];
  }, []);
};

/**
 * The value of each part, in the order of the places. A part that is missing or unknown throws a
 * `Fault`.
 */
const inOrder = <A>(
  path: string,
  places: readonly Place[],
  parts: Readonly<Record<string, A>>,
): readonly A[] => {
  const names = places.map(({ name }) => name);
  const unknown = Object.keys(parts).find((name) => !names.includes(name));
  if (unknown !== undefined) fail('shape', path, `the parts ${names.join(', ')}`, `a part '${unknown}'`);
  return names.map((name) =>
    Object.hasOwn(parts, name)
      ? (parts[name] ?? fail('shape', `${path}.${name}`, 'a part', 'nothing'))
      : fail('shape', path, `the parts ${names.join(', ')}`, `no part '${name}'`),
  );
};

const checkExact = (path: string, values: ArrayLike<number>): void => {
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0;
    if (Math.abs(value) > EXACT)
      fail('data', `${path}[${i}]`, 'a whole number of at most 2^24, which float32 holds', `${value}`);
  }
};

/** A part as float32, without rounding of whole numbers. */
const asFloat = (path: string, x: Tensor): Tensor => {
  switch (x.dtype) {
    case 'float32':
      return x;
    case 'bool':
      return cast(x, 'float32');
    case 'int32':
      checkExact(path, x.dataSync());
      return cast(x, 'float32');
    case 'string':
    case 'complex64':
      return fail('data', path, 'numbers', `a tensor of ${x.dtype}`);
  }
};

/**
 * Makes the packing of these parts, under a path for messages, without types for its size.
 * `features` adds the types. It throws a `shape` `Fault` if there is no part, if a shape is
 * invalid, or if a name is a whole number.
 */
export const packingOf = <S extends Shapes>(path: string, shapes: S): Features<S> => {
  const places = placesOf(path, shapes);
  const size = places.reduce((sum, place) => sum + place.size, 0);
  const placeOf = (name: string): Place =>
    places.find((place) => place.name === name) ??
    fail('shape', path, `the parts ${places.map((p) => p.name).join(', ')}`, `a part '${name}'`);
  const taken = (packed: Tensor, { shape, from, size: own }: Place): Tensor =>
    scope(() => {
      const batch = checkBatch(path, [size], packed);
      const [n = 0] = batch.shape;
      return reshape(own === size ? batch : slice(batch, [0, from], [n, own]), [n, ...shape]);
    });
  return {
    shapes,
    shape: [size],
    names: places.map(({ name }) => name),
    pack: (parts) =>
      scope(() => {
        const given: readonly Tensor[] = inOrder<Tensor>(path, places, parts);
        const count = given[0]?.shape[0] ?? 0;
        const rows = places.map(({ name, shape, size: own }, i) => {
          const at = `${path}.${name}`;
          const x = checkBatch(at, shape, given[i] ?? fail('shape', at, 'a part', 'nothing'));
          const [n] = x.shape;
          if (n !== count) fail('shape', at, `${count} examples, as of ${places[0]?.name ?? ''}`, `${n}`);
          return reshape(asFloat(at, x), [n, own]);
        });
        const [only] = rows;
        return rows.length === 1 && only !== undefined ? only : concat([...rows], 1);
      }),
    // Each part has the shape of its name; the type tests hold that the names are those of S.
    unpack: (batch) =>
      Object.fromEntries(places.map((place) => [place.name, taken(batch, place)])) as unknown as Batches<S>,
    take: (name, batch) => taken(batch, placeOf(name)),
    packHost: (count, parts) => {
      const given = inOrder<ArrayLike<number>>(path, places, parts);
      const packed = new Float32Array(count * size);
      places.forEach(({ name, from, size: own }, p) => {
        const at = `${path}.${name}`;
        const values = given[p] ?? [];
        if (values.length !== count * own)
          fail('shape', at, `${count * own} values, ${own} for each of ${count}`, `${values.length}`);
        if (values instanceof Int32Array || values instanceof Uint32Array) checkExact(at, values);
        for (let n = 0; n < count; n++)
          for (let i = 0; i < own; i++) packed[n * size + from + i] = values[n * own + i] ?? 0;
      });
      return packed;
    },
  };
};
