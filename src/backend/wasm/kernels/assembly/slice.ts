/** Copies parts of arrays with three axes, in units of runs of bytes. */

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

/**
 * For i in from..to of an array [·, d1, d2, ·] of the word `value`: where i is from b0 to b0 + n0, in the runs [b1 … b1 + n1,
 * b2 … b2 + n2], each `run` bytes long and `step` bytes apart, `offset` bytes from where each begins, what `x` holds, one run after another.
 */
export function padRuns(
  x: usize,
  out: usize,
  value: f32,
  d1: i32,
  d2: i32,
  b0: i32,
  n0: i32,
  b1: i32,
  n1: i32,
  b2: i32,
  n2: i32,
  offset: i32,
  step: i32,
  run: i32,
  scratch: usize,
  from: i32,
  to: i32,
): void {
  const bytes = <usize>run;
  const whole = <usize>(d1 * d2) * <usize>step;
  for (let i = from; i < to; i++) {
    const row = out + <usize>i * whole;
    if (value == 0) memory.fill(row, 0, whole);
    else for (let k: usize = 0; k < whole; k += 4) store<f32>(row + k, value);
    if (i < b0 || i >= b0 + n0) continue;
    let source = x + <usize>((i - b0) * n1 * n2) * bytes;
    for (let j = b1; j < b1 + n1; j++) {
      let target = row + <usize>(j * d2 + b2) * <usize>step + <usize>offset;
      for (let k = 0; k < n2; k++) {
        memory.copy(target, source, bytes);
        source += bytes;
        target += <usize>step;
      }
    }
  }
}

/** Runs from … to of `x`, each `run` bytes long and whole words, one after another, into `out`, where they begin `step` bytes apart. */
export function joinRuns(x: usize, out: usize, run: i32, step: i32, scratch: usize, from: i32, to: i32): void {
  const bytes = <usize>run;
  let source = x + <usize>from * bytes;
  let target = out + <usize>from * <usize>step;
  for (let i = from; i < to; i++) {
    // For a word, a call takes longer.
    if (run == 4) store<u32>(target, load<u32>(source));
    else memory.copy(target, source, bytes);
    source += bytes;
    target += <usize>step;
  }
}
