/** Work areas of kernels in float64, on the heap of the WASM backend. */
import { type Team } from './team';

/** Rows in fours, columns in twos. */
export const fours = (n: number): number => Math.ceil(n / 4) * 4;
export const twos = (n: number): number => Math.ceil(n / 2) * 2;

export interface Areas {
  /** Room for so many numbers, at a multiple of 16 bytes. */
  readonly room: (numbers: number) => number;
  /** The same, of zeros. */
  readonly zeros: (numbers: number) => number;
}

/** What `use` makes with areas, which are given back when it is done, also where the heap is full before. */
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
