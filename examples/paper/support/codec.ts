/** Codecs for configurations. Every error names the key that it is about, and a key that nobody reads is an error. */
import * as E from 'fp-ts/Either';
import * as t from 'io-ts';
import { nearest } from './nearest';

const isRecord = (u: unknown): u is { readonly [key: string]: unknown } =>
  typeof u === 'object' && u !== null && !Array.isArray(u);

/** What turns what was read into an `A`. */
export type Codec<A> = t.Decoder<unknown, A>;
/** What a codec decodes to. */
export type Decoded<C> = C extends Codec<infer A> ? A : never;

interface Fields {
  readonly [key: string]: Codec<unknown>;
}

/** What a record of required and optional fields decodes to. */
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

/** A record of exactly these fields, some of which may be absent. */
export const closed = <R extends Fields, O extends Fields>(
  name: string,
  required: R,
  optional: O,
): Codec<Closed<R, O>> => {
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
    // Each entry was decoded by the codec of its own name just above, which is what `Closed` says.
    return t.success(decoded as Closed<R, O>);
  });
};

interface Cases {
  readonly [tag: string]: Codec<unknown>;
}

/** One of several records, told apart by the text at `key`, which each of them has as a literal. */
export const tagged = <C extends Cases>(
  key: string,
  cases: C,
): Codec<{ [K in keyof C]: Decoded<C[K]> }[keyof C]> => {
  const names = Object.keys(cases).join(', ');
  return decodesTo(`a record with ${key}: one of ${names}`, (u, context) => {
    if (!isRecord(u)) return t.failure(u, context, `a record with ${key}: one of ${names}`);
    const tag = u[key];
    const codec = typeof tag === 'string' && Object.hasOwn(cases, tag) ? cases[tag] : undefined;
    if (codec === undefined)
      return t.failure(tag, t.appendContext(context, key, t.unknown), `one of ${names}`);
    // The codec of that case decodes to its type, which is one of the union's.
    return codec.validate(u, context) as t.Validation<{ [K in keyof C]: Decoded<C[K]> }[keyof C]>;
  });
};

/** One of some texts. */
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

/** A finite number, or null for one that was not. */
export const measured: Codec<number | null> = decodesTo<number | null>('a number or null', (u, context) =>
  u === null || (typeof u === 'number' && Number.isFinite(u))
    ? t.success(u)
    : t.failure(u, context, 'a number or null'),
);

export const anyNumber = number('a number', () => true);
export const positive = number('a positive number', (n) => n > 0);
export const fraction = number('a number in [0, 1)', (n) => n >= 0 && n < 1);
export const wholeFrom = (least: number): Codec<number> =>
  number(`a whole number of at least ${least}`, (n) => Number.isSafeInteger(n) && n >= least);

/** A text that is not empty. */
export const text: Codec<string> = decodesTo('a text', (u, context) =>
  typeof u === 'string' && u.trim() !== '' ? t.success(u) : t.failure(u, context, 'a text'),
);

export const flag: Codec<boolean> = decodesTo('true or false', (u, context) =>
  typeof u === 'boolean' ? t.success(u) : t.failure(u, context, 'true or false'),
);

/** A list of at least `least` of a kind. */
export const listOf = <A>(item: Codec<A>, least = 1): Codec<readonly A[]> => {
  const name = least === 0 ? `a list, each ${item.name}` : `a list of at least ${least}, each ${item.name}`;
  return decodesTo(name, (u, context) => {
    if (!Array.isArray(u) || u.length < least) return t.failure(u, context, name);
    const items: A[] = [];
    for (const [i, entry] of u.entries()) {
      const value = item.validate(entry, t.appendContext(context, String(i), item, entry));
      if (E.isLeft(value)) return value;
      items.push(value.right);
    }
    return t.success(items);
  });
};

/** A record of any keys, each value of a kind. */
export const recordOf = <A>(item: Codec<A>): Codec<{ readonly [key: string]: A }> =>
  decodesTo(`a record, each ${item.name}`, (u, context) => {
    if (!isRecord(u)) return t.failure(u, context, `a record, each ${item.name}`);
    const entries: [string, A][] = [];
    for (const [key, entry] of Object.entries(u)) {
      const value = item.validate(entry, t.appendContext(context, key, item, entry));
      if (E.isLeft(value)) return value;
      entries.push([key, value.right]);
    }
    return t.success(Object.fromEntries(entries));
  });

/** Another codec's values, less those for which something does not hold, in words. */
export const that = <A>(codec: Codec<A>, name: string, fits: (a: A) => boolean): Codec<A> =>
  decodesTo<A>(name, (u, context) => {
    const value = codec.validate(u, context);
    return E.isLeft(value) || fits(value.right) ? value : t.failure(u, context, name);
  });
