/**
 * Programs of operations on single numbers, run on one block of each tensor at a time. Intermediate
 * values stay in the first cache, so each tensor is read or written once.
 */
import { gemmScratch } from './gemm';
import { HEAD } from './scratch';
import { unary } from './unary';

/** Numbers of a block. */
const BLOCK: i32 = 1024;

/** Items of work for tensors of `size` numbers. */
export function elementwiseItems(size: i32): i32 {
  return (size + BLOCK - 1) / BLOCK;
}

/** Operations of a program at most: each may have a block of scratch. */
export function elementwiseOperations(): i32 {
  return (gemmScratch() - <i32>HEAD) / (BLOCK << 2);
}

/** The address of a register: those of tensors come first, those between operations after them, in scratch. */
@inline
function register(registers: usize, tensors: i32, index: i32, offset: usize, space: usize): usize {
  return index < tensors
    ? <usize>load<u32>(registers + (<usize>index << 2)) + offset
    : space + (<usize>((index - tensors) * BLOCK) << 2);
}

/**
 * Run a program on the tensors whose addresses are at `registers`. An operation is seven words: what it does, the register
 * for its result, those of its three operands, and the factor and the addend of `affine`.
 */
export function elementwise(
  registers: usize,
  tensors: i32,
  program: usize,
  operations: i32,
  size: i32,
  scratch: usize,
  from: i32,
  to: i32,
): void {
  const space = scratch + HEAD;
  for (let item = from; item < to; item++) {
    const offset = <usize>(item * BLOCK) << 2;
    const n = min(BLOCK, size - item * BLOCK);
    for (let i = 0; i < operations; i++) {
      const entry = program + <usize>(i * 28);
      const out = register(registers, tensors, load<i32>(entry, 4), offset, space);
      const a = register(registers, tensors, load<i32>(entry, 8), offset, space);
      const b = register(registers, tensors, load<i32>(entry, 12), offset, space);
      switch (load<i32>(entry)) {
        case 0: {
          addAll(out, a, b, n);
          break;
        }
        case 1: {
          subAll(out, a, b, n);
          break;
        }
        case 2: {
          mulAll(out, a, b, n);
          break;
        }
        case 3: {
          divAll(out, a, b, n);
          break;
        }
        case 4: {
          sqrtAll(out, a, n);
          break;
        }
        case 5: {
          affineAll(out, a, load<f32>(entry, 20), load<f32>(entry, 24), n);
          break;
        }
        case 6: {
          absAll(out, a, n);
          break;
        }
        case 7: {
          signAll(out, a, n);
          break;
        }
        case 8: {
          maxAll(out, a, b, n);
          break;
        }
        case 9: {
          minAll(out, a, b, n);
          break;
        }
        case 10: {
          whereAll(out, a, b, register(registers, tensors, load<i32>(entry, 16), offset, space), n);
          break;
        }
        default:
          // Exponential, logistic and error function, as they are numbered there.
          unary(load<i32>(entry) - 7, a, out, n, 0, 0, 1);
      }
    }
  }
}

function addAll(out: usize, a: usize, b: usize, n: i32): void {
  let i: usize = 0;
  const whole = <usize>(n & ~3) << 2;
  const end = <usize>n << 2;
  for (; i < whole; i += 16) v128.store(out + i, f32x4.add(v128.load(a + i), v128.load(b + i)));
  for (; i < end; i += 4) store<f32>(out + i, load<f32>(a + i) + load<f32>(b + i));
}

function subAll(out: usize, a: usize, b: usize, n: i32): void {
  let i: usize = 0;
  const whole = <usize>(n & ~3) << 2;
  const end = <usize>n << 2;
  for (; i < whole; i += 16) v128.store(out + i, f32x4.sub(v128.load(a + i), v128.load(b + i)));
  for (; i < end; i += 4) store<f32>(out + i, load<f32>(a + i) - load<f32>(b + i));
}

function mulAll(out: usize, a: usize, b: usize, n: i32): void {
  let i: usize = 0;
  const whole = <usize>(n & ~3) << 2;
  const end = <usize>n << 2;
  for (; i < whole; i += 16) v128.store(out + i, f32x4.mul(v128.load(a + i), v128.load(b + i)));
  for (; i < end; i += 4) store<f32>(out + i, load<f32>(a + i) * load<f32>(b + i));
}

function divAll(out: usize, a: usize, b: usize, n: i32): void {
  let i: usize = 0;
  const whole = <usize>(n & ~3) << 2;
  const end = <usize>n << 2;
  for (; i < whole; i += 16) v128.store(out + i, f32x4.div(v128.load(a + i), v128.load(b + i)));
  for (; i < end; i += 4) store<f32>(out + i, load<f32>(a + i) / load<f32>(b + i));
}

function sqrtAll(out: usize, a: usize, n: i32): void {
  let i: usize = 0;
  const whole = <usize>(n & ~3) << 2;
  const end = <usize>n << 2;
  for (; i < whole; i += 16) v128.store(out + i, f32x4.sqrt(v128.load(a + i)));
  for (; i < end; i += 4) store<f32>(out + i, sqrt(load<f32>(a + i)));
}

function affineAll(out: usize, a: usize, factor: f32, addend: f32, n: i32): void {
  let i: usize = 0;
  const whole = <usize>(n & ~3) << 2;
  const end = <usize>n << 2;
  const times = f32x4.splat(factor);
  const plus = f32x4.splat(addend);
  for (; i < whole; i += 16) v128.store(out + i, f32x4.add(plus, f32x4.mul(v128.load(a + i), times)));
  for (; i < end; i += 4) store<f32>(out + i, load<f32>(a + i) * factor + addend);
}

function absAll(out: usize, a: usize, n: i32): void {
  let i: usize = 0;
  const whole = <usize>(n & ~3) << 2;
  const end = <usize>n << 2;
  for (; i < whole; i += 16) v128.store(out + i, f32x4.abs(v128.load(a + i)));
  for (; i < end; i += 4) store<f32>(out + i, abs(load<f32>(a + i)));
}

/** A number that is neither positive nor negative, 0 or NaN, is its own sign. */
function signAll(out: usize, a: usize, n: i32): void {
  let i: usize = 0;
  const whole = <usize>(n & ~3) << 2;
  const end = <usize>n << 2;
  const zero = f32x4.splat(0);
  const one = f32x4.splat(1);
  const minus = f32x4.splat(-1);
  for (; i < whole; i += 16) {
    const x = v128.load(a + i);
    const below = v128.bitselect(minus, x, f32x4.lt(x, zero));
    v128.store(out + i, v128.bitselect(one, below, f32x4.gt(x, zero)));
  }
  for (; i < end; i += 4) {
    const x = load<f32>(a + i);
    store<f32>(out + i, x > 0 ? 1 : x < 0 ? -1 : x);
  }
}

function maxAll(out: usize, a: usize, b: usize, n: i32): void {
  let i: usize = 0;
  const whole = <usize>(n & ~3) << 2;
  const end = <usize>n << 2;
  for (; i < whole; i += 16) v128.store(out + i, f32x4.max(v128.load(a + i), v128.load(b + i)));
  for (; i < end; i += 4) store<f32>(out + i, max(load<f32>(a + i), load<f32>(b + i)));
}

function minAll(out: usize, a: usize, b: usize, n: i32): void {
  let i: usize = 0;
  const whole = <usize>(n & ~3) << 2;
  const end = <usize>n << 2;
  for (; i < whole; i += 16) v128.store(out + i, f32x4.min(v128.load(a + i), v128.load(b + i)));
  for (; i < end; i += 4) store<f32>(out + i, min(load<f32>(a + i), load<f32>(b + i)));
}

/** `a` if `c` is positive, `b` if it is not, and `c` if it is NaN. */
function whereAll(out: usize, a: usize, b: usize, c: usize, n: i32): void {
  let i: usize = 0;
  const whole = <usize>(n & ~3) << 2;
  const end = <usize>n << 2;
  const zero = f32x4.splat(0);
  for (; i < whole; i += 16) {
    const x = v128.load(c + i);
    const taken = v128.bitselect(v128.load(a + i), v128.load(b + i), f32x4.gt(x, zero));
    v128.store(out + i, v128.bitselect(taken, x, f32x4.eq(x, x)));
  }
  for (; i < end; i += 4) {
    const x = load<f32>(c + i);
    store<f32>(out + i, x > 0 ? load<f32>(a + i) : x <= 0 ? load<f32>(b + i) : x);
  }
}
