/**
 * Combines two arrays number by number, of which one or both are repeated along some axes; or
 * repeats one array. There are four axes, each with a stride in either array, which is 0 if the
 * array is repeated. Along the last axis the stride is 0 or 1.
 */

const ADD = 0;
const SUB = 1;
const MUL = 2;
const DIV = 3;
// Any other operation takes the first number as it is.

@inline
function four(op: i32, x: v128, y: v128): v128 {
  if (op === ADD) return f32x4.add(x, y);
  if (op === SUB) return f32x4.sub(x, y);
  if (op === MUL) return f32x4.mul(x, y);
  if (op === DIV) return f32x4.div(x, y);
  return x;
}

/** One at a time in a lane of its own: a copy of bits stays one. */
@inline
function one(op: i32, x: usize, y: usize, out: usize): void {
  v128.store32_lane(out, four(op, v128.load32_zero(x), v128.load32_zero(y)), 0);
}

/** `n` numbers in a row; `da` and `db` are 0 or 1. */
@inline
function row(op: i32, x: usize, y: usize, out: usize, n: i32, da: i32, db: i32): void {
  const end = <usize>n << 2;
  const whole = <usize>(n & ~3) << 2;
  let i: usize = 0;
  if (da !== 0 && db !== 0)
    for (; i < whole; i += 16) v128.store(out + i, four(op, v128.load(x + i), v128.load(y + i)));
  else if (da !== 0) {
    const b = v128.load32_splat(y);
    for (; i < whole; i += 16) v128.store(out + i, four(op, v128.load(x + i), b));
  } else if (db !== 0) {
    const a = v128.load32_splat(x);
    for (; i < whole; i += 16) v128.store(out + i, four(op, a, v128.load(y + i)));
  } else {
    const all = four(op, v128.load32_splat(x), v128.load32_splat(y));
    for (; i < whole; i += 16) v128.store(out + i, all);
  }
  for (; i < end; i += 4) one(op, x + (da !== 0 ? i : 0), y + (db !== 0 ? i : 0), out + i);
}

@inline
function rows(
  op: i32,
  a: usize,
  b: usize,
  out: usize,
  n1: i32,
  n2: i32,
  n3: i32,
  a0: i32,
  a1: i32,
  a2: i32,
  a3: i32,
  b0: i32,
  b1: i32,
  b2: i32,
  b3: i32,
  from: i32,
  to: i32,
): void {
  let target = out + (<usize>(from * n1 * n2 * n3) << 2);
  for (let i = from; i < to; i++)
    for (let j = 0; j < n1; j++)
      for (let k = 0; k < n2; k++) {
        const x = a + (<usize>(i * a0 + j * a1 + k * a2) << 2);
        const y = b + (<usize>(i * b0 + j * b1 + k * b2) << 2);
        row(op, x, y, target, n3, a3, b3);
        target += <usize>n3 << 2;
      }
}

/** For i in from..to the numbers [i, 0 … n1, 0 … n2, 0 … n3]. */
export function broadcast(
  op: i32,
  a: usize,
  b: usize,
  out: usize,
  n1: i32,
  n2: i32,
  n3: i32,
  a0: i32,
  a1: i32,
  a2: i32,
  a3: i32,
  b0: i32,
  b1: i32,
  b2: i32,
  b3: i32,
  scratch: usize,
  from: i32,
  to: i32,
): void {
  // The operation is a constant in each call, so the loops do not branch.
  if (op === ADD) rows(ADD, a, b, out, n1, n2, n3, a0, a1, a2, a3, b0, b1, b2, b3, from, to);
  else if (op === SUB) rows(SUB, a, b, out, n1, n2, n3, a0, a1, a2, a3, b0, b1, b2, b3, from, to);
  else if (op === MUL) rows(MUL, a, b, out, n1, n2, n3, a0, a1, a2, a3, b0, b1, b2, b3, from, to);
  else if (op === DIV) rows(DIV, a, b, out, n1, n2, n3, a0, a1, a2, a3, b0, b1, b2, b3, from, to);
  else rows(4, a, b, out, n1, n2, n3, a0, a1, a2, a3, b0, b1, b2, b3, from, to);
}
