/** A JSON file as a value of a type. */
import { readFile } from 'node:fs/promises';
import * as E from 'fp-ts/Either';
import type * as t from 'io-ts';
import { error, type ProxpropError, Report } from '../../src';
import { refusal } from '../../src/internal';

/** Left: `file` where it cannot be read, `data` where it is not JSON or not of the type, with the place. */
export const readJson = async <A>(path: string, codec: t.Type<A>): Promise<E.Either<ProxpropError, A>> => {
  const text = await readFile(path, 'utf8').then(
    (read) => E.right(read),
    (thrown: unknown) => E.left(error('file', path, 'a file that can be read', refusal(thrown))),
  );
  if (E.isLeft(text)) return text;
  const value = E.tryCatch(
    (): unknown => JSON.parse(text.right),
    () => error('data', path, 'JSON', 'another text'),
  );
  if (E.isLeft(value)) return value;
  const decoded = codec.decode(value.right);
  if (E.isRight(decoded)) return decoded;
  const fault = Report.firstFault(decoded.left);
  return E.left(error('data', `${path}: ${fault.path}`, fault.expected, fault.found));
};
