/**
 * The dampings of systems that rounding has made indefinite: one list for the host and the kernels.
 */

/**
 * β, then larger dampings that may make the system definite: multiples of the rounding of a matrix
 * with order n and norm `size`.
 */
export const dampings = (beta: number, size: number, n: number): readonly number[] =>
  beta === 0 ? [0] : [beta, ...[1, 16, 256, 4096].map((by) => beta + by * n * 2 ** -52 * size)];
