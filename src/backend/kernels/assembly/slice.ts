/** Parts of arrays of three axes in units of runs of bytes. */

/**
 * For i in from..to: the runs [i, b1 … b1 + n1, b2 … b2 + n2] of an array [·, d1, d2, ·], each `run` bytes long and `step` bytes
 * apart, `x` being where the first index begins; one after another into `out`.
 */
export function sliceRuns(
  x: usize,
  out: usize,
  d1: i32,
  d2: i32,
  b1: i32,
  n1: i32,
  b2: i32,
  n2: i32,
  step: i32,
  run: i32,
  scratch: usize,
  from: i32,
  to: i32,
): void {
  const bytes = <usize>run;
  let target = out + <usize>(from * n1 * n2) * bytes;
  for (let i = from; i < to; i++)
    for (let j = b1; j < b1 + n1; j++) {
      let source = x + <usize>((i * d1 + j) * d2 + b2) * <usize>step;
      for (let k = 0; k < n2; k++) {
        memory.copy(target, source, bytes);
        target += bytes;
        source += <usize>step;
      }
    }
}
