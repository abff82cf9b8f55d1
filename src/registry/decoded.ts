/** Decoding inside the library, where a failure is thrown. */
import * as E from 'fp-ts/Either';
import { error, firstFault, orThrow, type ProxpropError } from '../core';
import { type Codec } from './codec';

/**
 * Decodes a value by a codec. It fails with `options`, with the path of the first fault inside of
 * the file.
 *
 * @param path the file, as errors name it
 * @param codec the codec
 * @param value what was read
 * @param at the place of the value inside of the file. Default: its top
 *
 * @example decodeAt('quick.json', positive, 0.1, 'methods.0.rate')
 */
export const decodeAt = <A>(
  path: string,
  codec: Codec<A>,
  value: unknown,
  at = '',
): E.Either<ProxpropError, A> => {
  const found = codec.decode(value);
  if (E.isRight(found)) return found;
  const fault = firstFault(found.left);
  const place = [at, fault.path === 'value' ? '' : fault.path].filter((key) => key !== '').join('.');
  return E.left(error('options', place === '' ? path : `${path}: ${place}`, fault.expected, fault.found));
};

/** The same, thrown as a `Fault`. */
export const decoded = <A>(path: string, codec: Codec<A>, value: unknown): A =>
  orThrow(decodeAt(path, codec, value));
