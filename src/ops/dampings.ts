/** A little more on the diagonal where rounding has taken a system's definiteness: one list for the host and the kernels. */

/** β, then the damping that may make the system definite: rounding of a matrix of order n and norm `size`, and ever more. */
export const dampings = (beta: number, size: number, n: number): readonly number[] =>
  beta === 0 ? [0] : [beta, ...[1, 16, 256, 4096].map((by) => beta + by * n * 2 ** -52 * size)];
