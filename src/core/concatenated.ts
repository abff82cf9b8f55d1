/** Typed arrays one after another. */

type Numbers = Float32Array | Int32Array | Uint8Array;

/** All numbers of a list of arrays. */
export const totalLength = (parts: readonly Numbers[]): number =>
  parts.reduce((n, { length }) => n + length, 0);

/** `into`, which has the length of all parts together, filled with one after another. */
export const concatenated = <A extends Numbers>(into: A, parts: readonly A[]): A => {
  let at = 0;
  for (const part of parts) {
    into.set(part, at);
    at += part.length;
  }
  return into;
};
