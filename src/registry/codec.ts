/**
 * Codecs for configurations. Every error names its key, and a key that nobody reads is an error.
 */
import * as E from 'fp-ts/Either';
import { pipe } from 'fp-ts/function';
import * as t from 'io-ts';
import { isRecord } from '../core';
import { LISTED, nearest } from './nearest';

/** A codec: it decodes what was read into an `A`, or says where and why it cannot. */
export type Codec<A> = t.Decoder<unknown, A>;
/** The type that a codec decodes to. */
export type Decoded<C> = C extends Codec<infer A> ? A : never;

/** Codecs by the names of their keys. */
export interface Fields {
  readonly [key: string]: Codec<unknown>;
}

/** The type that a record of required and optional fields decodes to. */
export type Closed<R extends Fields, O extends Fields> = {
  readonly [K in keyof R]: Decoded<R[K]>;
} & { readonly [K in keyof O]?: Decoded<O[K]> };

const decodesTo = <A>(
  name: string,
  validate: (u: unknown, context: t.Context) => t.Validation<A>,
): Codec<A> =>
  new t.Type<A, unknown>(
    name,
    (u): u is A => E.isRight(validate(u, [])),
    validate,
    (a) => a,
  );

/**
 * Makes a codec of a record of exactly these fields. A key that it does not know is an error, which
 * names the keys most like it.
 *
 * @param name the record in errors
 * @param required the codecs of fields that have to be there
 * @param optional the codecs of fields that may be absent
 *
 * @example E.isRight(record('a range', { from: positive }, { to: positive }).decode({ from: 1 })) // true
 */
export const record = (
  name: string,
  required: Fields,
  optional: Fields,
): Codec<{ readonly [key: string]: unknown }> => {
  const fields = new Map(Object.entries({ ...required, ...optional }));
  return decodesTo(name, (u, context) => {
    if (!isRecord(u)) return t.failure(u, context, name);
    for (const key of Object.keys(u))
      if (!fields.has(key))
        return t.failure(
          u[key],
          t.appendContext(context, key, t.unknown),
          `no such key, but ${nearest(key, [...fields.keys()])}`,
        );
    const decoded: { [key: string]: unknown } = {};
    for (const [key, codec] of fields) {
      if (!(key in u) && key in optional) continue;
      const value = codec.validate(u[key], t.appendContext(context, key, codec, u[key]));
      if (E.isLeft(value)) return value;
      decoded[key] = value.right;
    }
    return t.success(decoded);
  });
};

/**
 * Does what `record` does, and its type has the fields.
 *
 * @param name the record in errors
 * @param required the codecs of fields that have to be there
 * @param optional the codecs of fields that may be absent
 *
 * @example closed('a range', { from: positive }, { to: positive }).decode({ from: 1, to: 2 })
 */
export const closed = <R extends Fields, O extends Fields>(
  name: string,
  required: R,
  optional: O,
): Codec<Closed<R, O>> =>
  // `record` decodes each entry by the codec of its own name, which is what `Closed` says.
  record(name, required, optional) as Codec<Closed<R, O>>;

/**
 * Makes a codec of a record with keys of its own between those that are known here, for the `data`
 * of a dataset of yours.
 *
 * @param name the record in errors
 * @param required the codecs of fields that have to be there
 * @param before the codecs of optional fields before the own ones
 * @param own the codecs of the own fields, all optional
 * @param after the codecs of optional fields after them
 *
 * @example
 * const codec = extended('data', { name: text }, { train: wholeFrom(1) }, { layout: text }, {});
 * codec.decode({ name: 'cifar-10', layout: 'flat' })
 */
export const extended = <R extends Fields, B extends Fields, A extends Fields>(
  name: string,
  required: R,
  before: B,
  own: Fields,
  after: A,
): Codec<Closed<R, B & A> & { readonly [key: string]: unknown }> =>
  // As of `closed`.
  record(name, required, { ...before, ...own, ...after }) as Codec<
    Closed<R, B & A> & { readonly [key: string]: unknown }
  >;

interface Cases {
  readonly [tag: string]: Codec<unknown>;
}

/**
 * Names in a message: all of them in their order, or, of more than a line holds, those first that
 * differ least from what was written.
 */
const listed = (written: unknown, names: readonly string[]): string => {
  const all = names.join(', ');
  return all.length <= LISTED ? all : nearest(typeof written === 'string' ? written : '', names);
};

/**
 * Makes a codec of one of several records, which the text at `key` tells apart. Each record has
 * that key as a literal.
 *
 * @param key the key that names the case
 * @param cases the codec of each case, by that text
 * @param name what a value that is no record should be, in errors. Default: a record with that key
 *
 * @example
 * const one = closed('a step', { tag: oneOf('one'), rate: positive }, {});
 * tagged('tag', { one }).decode({ tag: 'one', rate: 0.1 })
 */
export const tagged = <C extends Cases>(
  key: string,
  cases: C,
  name?: string,
): Codec<{ [K in keyof C]: Decoded<C[K]> }[keyof C]> => {
  const names = Object.keys(cases);
  const expected = name ?? `a record with ${key}: one of ${listed('', names)}`;
  return decodesTo(expected, (u, context) => {
    if (!isRecord(u)) return t.failure(u, context, expected);
    const tag = u[key];
    const codec = typeof tag === 'string' && Object.hasOwn(cases, tag) ? cases[tag] : undefined;
    if (codec === undefined)
      return t.failure(tag, t.appendContext(context, key, t.unknown), `one of ${listed(tag, names)}`);
    // The codec of that case decodes to its type, which is one of the union's.
    return codec.validate(u, context) as t.Validation<{ [K in keyof C]: Decoded<C[K]> }[keyof C]>;
  });
};

/**
 * Makes a codec that turns each decoded value into another.
 *
 * @param codec the codec
 * @param f a function of what it decodes
 *
 * @example mapped(positive, (rate) => ({ rate })).decode(0.1)
 */
export const mapped = <A, B>(codec: Codec<A>, f: (a: A) => B): Codec<B> =>
  decodesTo(codec.name, (u, context) => E.map(f)(codec.validate(u, context)));

/**
 * Makes a codec when it is first asked for, for records that hold records of their own kind.
 *
 * @param name what a value should be, in errors
 * @param make a function that makes the codec
 *
 * @example lazy('a number', () => positive).decode(1)
 */
export const lazy = <A>(name: string, make: () => Codec<A>): Codec<A> => {
  let made: Codec<A> | undefined;
  return decodesTo(name, (u, context) => (made ??= make()).validate(u, context));
};

/**
 * Makes a codec of the first of two that takes a value.
 *
 * @param name what a value should be for either, in errors
 * @param first the codec that is asked first
 * @param second the codec that is asked if the first refuses
 *
 * @example either('a number or a text', positive, text).decode('all')
 */
export const either = <A, B>(name: string, first: Codec<A>, second: Codec<B>): Codec<A | B> =>
  decodesTo<A | B>(name, (u, context) => {
    const a = first.validate(u, context);
    if (E.isRight(a)) return a;
    const b = second.validate(u, context);
    return E.isRight(b) ? b : t.failure(u, context, name);
  });

/**
 * Makes a codec that decodes records by one codec, and anything else by another, so that an error
 * is that of the right one.
 *
 * @param records the codec of records
 * @param others the codec of anything else
 *
 * @example recordOr(closed('a rate', { rate: positive }, {}), positive).decode(0.1)
 */
export const recordOr = <A, B>(records: Codec<A>, others: Codec<B>): Codec<A | B> =>
  decodesTo<A | B>(others.name, (u, context) =>
    isRecord(u) ? records.validate(u, context) : others.validate(u, context),
  );

/**
 * Makes a codec that refuses some of what another one decodes, and says why.
 *
 * @param codec the codec
 * @param fault what is wrong with a value, in words; `undefined` if nothing is
 *
 * @example checked(positive, (n) => (n > 1 ? 'at most 1' : undefined)).decode(0.5)
 */
export const checked = <A>(codec: Codec<A>, fault: (a: A) => string | undefined): Codec<A> =>
  decodesTo(codec.name, (u, context) =>
    pipe(
      codec.validate(u, context),
      E.chain((value) => {
        const wrong = fault(value);
        return wrong === undefined ? t.success(value) : t.failure<A>(u, context, wrong);
      }),
    ),
  );

/**
 * Makes a codec of one of some texts.
 *
 * @param texts the texts
 *
 * @example oneOf('flat', 'image').decode('flat')
 */
export const oneOf = <S extends string>(...texts: readonly S[]): Codec<S> => {
  const name = `one of ${texts.join(', ')}`;
  return decodesTo(name, (u, context) => {
    const found = texts.find((text) => text === u);
    return found === undefined ? t.failure(u, context, name) : t.success(found);
  });
};

/** A finite number for which something holds, in words. */
const number = (name: string, fits: (n: number) => boolean): Codec<number> =>
  decodesTo(name, (u, context) =>
    typeof u === 'number' && Number.isFinite(u) && fits(u)
      ? // Adding 0 turns -0 into 0.
        t.success(u + 0)
      : t.failure(u, context, name),
  );

/** Decodes a finite number, or `null` for a number that was not finite. */
export const measured: Codec<number | null> = decodesTo<number | null>('a number or null', (u, context) =>
  u === null || (typeof u === 'number' && Number.isFinite(u))
    ? t.success(u)
    : t.failure(u, context, 'a number or null'),
);

/** Decodes a finite number. */
export const anyNumber = number('a number', () => true);
/** Decodes a positive number. */
export const positive = number('a positive number', (n) => n > 0);
/** Decodes a number in [0, 1). */
export const fraction = number('a number in [0, 1)', (n) => n >= 0 && n < 1);
/**
 * Makes a codec of whole numbers of at least `least`.
 *
 * @param least the least of them
 *
 * @example wholeFrom(1).decode(3)
 */
export const wholeFrom = (least: number): Codec<number> =>
  number(`a whole number of at least ${least}`, (n) => Number.isSafeInteger(n) && n >= least);

/** Decodes a text that is not empty. */
export const text: Codec<string> = decodesTo('a text', (u, context) =>
  typeof u === 'string' && u.trim() !== '' ? t.success(u) : t.failure(u, context, 'a text'),
);

/** Decodes true or false. */
export const flag: Codec<boolean> = decodesTo('true or false', (u, context) =>
  typeof u === 'boolean' ? t.success(u) : t.failure(u, context, 'true or false'),
);

/**
 * Makes a codec of lists; an error names the index of the item.
 *
 * @param item the codec of each item
 * @param least how many items there have to be. Default 1
 *
 * @example listOf(positive).decode([0.1, 1])
 */
export const listOf = <A>(item: Codec<A>, least = 1): Codec<readonly A[]> => {
  const name = least === 0 ? `a list, each ${item.name}` : `a list of at least ${least}, each ${item.name}`;
  return decodesTo(name, (u, context) => {
    if (!Array.isArray(u) || u.length < least) return t.failure(u, context, name);
    const entries: readonly unknown[] = u;
    return E.traverseArray(([i, entry]: readonly [number, unknown]) =>
      item.validate(entry, t.appendContext(context, String(i), item, entry)),
    )([...entries.entries()]);
  });
};

/**
 * Makes a codec of records of any keys; an error names the key.
 *
 * @param item the codec of each value
 *
 * @example recordOf(positive).decode({ rate: 0.1 })
 */
export const recordOf = <A>(item: Codec<A>): Codec<{ readonly [key: string]: A }> =>
  decodesTo(`a record, each ${item.name}`, (u, context) => {
    if (!isRecord(u)) return t.failure(u, context, `a record, each ${item.name}`);
    return pipe(
      Object.entries(u),
      E.traverseArray(([key, entry]) =>
        pipe(
          item.validate(entry, t.appendContext(context, key, item, entry)),
          E.map((value) => [key, value] as const),
        ),
      ),
      E.map((entries) => Object.fromEntries(entries)),
    );
  });

/**
 * Makes a codec that refuses the values for which a condition does not hold.
 *
 * @param codec the codec
 * @param name what a value should be, in errors
 * @param fits the condition
 *
 * @example that(positive, 'a number of at most 1', (n) => n <= 1).decode(0.5)
 */
export function that<A, B extends A>(codec: Codec<A>, name: string, fits: (a: A) => a is B): Codec<B>;
export function that<A>(codec: Codec<A>, name: string, fits: (a: A) => boolean): Codec<A>;
export function that<A>(codec: Codec<A>, name: string, fits: (a: A) => boolean): Codec<A> {
  return decodesTo<A>(name, (u, context) => {
    const value = codec.validate(u, context);
    return E.isLeft(value) || fits(value.right) ? value : t.failure(u, context, name);
  });
}
