/**
 * The scratch space of each thread: first the number of the thread, then space that kernels use
 * freely.
 */

/** Bytes in front of what kernels use. */
export const HEAD: usize = 16;

/** Write the number of a thread, from 0, into its scratch space. */
export function setMember(scratch: usize, member: i32): void {
  store<i32>(scratch, member);
}

export function memberOf(scratch: usize): i32 {
  return load<i32>(scratch);
}
