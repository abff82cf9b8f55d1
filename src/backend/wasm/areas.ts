/** Work areas of kernels in float64, on the heap of the WASM backend. */
import { type Team } from './team';

/** Rounded up to a multiple of four, as for rows; columns come in twos. */
export const fours = (n: number): number => Math.ceil(n / 4) * 4;
export const twos = (n: number): number => Math.ceil(n / 2) * 2;

export interface Areas {
  /** Memory for so many numbers, aligned to 16 bytes. */
  readonly room: (numbers: number) => number;
  /** Memory for so many numbers, filled with zeros. */
  readonly zeros: (numbers: number) => number;
}

/**
 * The result of `use` with work areas, which are freed afterwards, also if the heap is full before.
 */
export const withAreas = <A>(team: Team, use: (areas: Areas) => A): A => {
  const held: number[] = [];
  const room = (numbers: number): number => {
    const address = team.allocate(8 * numbers + 16);
    held.push(address);
    return Math.ceil(address / 16) * 16;
  };
  const zeros = (numbers: number): number => {
    const address = room(numbers);
    team.call('zeroDoubles', address, numbers);
    return address;
  };
  try {
    return use({ room, zeros });
  } finally {
    for (const address of held.reverse()) team.free(address);
  }
};
