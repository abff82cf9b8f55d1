/** The same examples as arrays, as a source by index, and as a stream in pieces. */
import { type ExampleArrays, type Examples, orThrow, subset } from '../../src';
import { areArrays } from '../../src/internal';

/** Rows from one to before another. */
export const rowsOf = (examples: ExampleArrays, from: number, to: number): ExampleArrays =>
  orThrow(
    subset(
      examples,
      Int32Array.from({ length: to - from }, (_, i) => from + i),
    ),
  );

/** What a source says of itself. */
const described = ({ shape, targetShape, count, shuffle, augment }: ExampleArrays) => ({
  shape,
  count,
  ...(targetShape === undefined ? {} : { targetShape }),
  ...(shuffle === undefined ? {} : { shuffle }),
  ...(augment === undefined ? {} : { augment }),
});

export const byIndex = (examples: ExampleArrays): Examples => ({
  ...described(examples),
  read: (indices) => Promise.resolve(orThrow(subset(examples, indices))),
});

/** In pieces of so many examples; each piece is given in arrays that are used again for the next. */
export const inPieces = (examples: ExampleArrays, size: number): Examples => ({
  ...described(examples),
  open: async function* () {
    for (let from = 0; from < examples.count; from += size) {
      const piece = rowsOf(examples, from, Math.min(examples.count, from + size));
      await Promise.resolve();
      yield piece;
      piece.inputs.fill(99);
      piece.targets.fill(99);
      piece.weights?.fill(99);
    }
  },
});

export const kindOf = (examples: Examples): string =>
  areArrays(examples) ? 'arrays' : 'read' in examples ? 'by index' : 'in pieces';
