/** The state in the address: `#/LESSON`, and behind it what differs from the lesson's saved state. */
import * as E from 'fp-ts/Either';
import { error, type ProxpropError } from '../../../src';
import { saved } from './lessons';
import { decodeState, type LessonId, lessonIds, type State } from './state';

const isLesson = (name: string): name is LessonId => Object.hasOwn(lessonIds, name);

const toText = (value: unknown): string =>
  btoa(String.fromCharCode(...new TextEncoder().encode(JSON.stringify(value))))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '');

const fromText = (text: string): unknown =>
  JSON.parse(
    new TextDecoder().decode(
      Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0)),
    ),
  );

/** The part of an address that holds a state, beginning with `#`. */
export const addressOf = (state: State): string => {
  const from = new Map<string, unknown>(Object.entries(saved(state.lesson)));
  const changed = Object.entries(state).filter(
    ([key, value]) => JSON.stringify(value) !== JSON.stringify(from.get(key)),
  );
  return `#/${state.lesson}${changed.length === 0 ? '' : `/${toText(Object.fromEntries(changed))}`}`;
};

/** The state of an address; without one, the page as it opens. Left: `options`, by one line. */
export const stateOf = (hash: string): E.Either<ProxpropError, State> => {
  const parts = /^#\/([^/]*)(?:\/(.*))?$/.exec(hash === '' || hash === '#' ? '#/free' : hash);
  if (parts === null) return E.left(error('options', 'address', '#/LESSON/STATE', hash));
  const [, name = '', text] = parts;
  if (!isLesson(name))
    return E.left(error('options', 'address', `one of ${Object.keys(lessonIds).join(', ')}`, name));
  if (text === undefined || text === '') return E.right(saved(name));
  try {
    const changed = fromText(text);
    return typeof changed === 'object' && changed !== null
      ? decodeState({ ...saved(name), ...changed, lesson: name })
      : E.left(error('options', 'address', 'a state', JSON.stringify(changed)));
  } catch {
    return E.left(error('options', 'address', 'a state as this page writes it', text));
  }
};
