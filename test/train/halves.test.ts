/** Numbers of 16 bits: all 65,536 of both kinds. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { fromBF16, fromF16 } from '../../src/train/halves';

const every = Uint16Array.from({ length: 65_536 }, (_, i) => i);

const hashOf = (numbers: Float32Array): string => {
  const finite = numbers.filter((value) => !Number.isNaN(value));
  return createHash('sha256')
    .update(new Uint8Array(finite.buffer, finite.byteOffset, finite.byteLength))
    .digest('hex');
};

/** The bits of the float32 of a half, put together by shifts: by another way than from its formula. */
const widened = (half: number): number => {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >> 10) & 0x1f;
  let fraction = half & 0x3ff;
  if (exponent === 0x1f) return (sign | 0x7f800000 | (fraction << 13)) >>> 0;
  if (exponent > 0) return (sign | ((exponent + 112) << 23) | (fraction << 13)) >>> 0;
  if (fraction === 0) return sign >>> 0;
  let shift = 113;
  while ((fraction & 0x400) === 0) {
    fraction <<= 1;
    shift--;
  }
  return (sign | (shift << 23) | ((fraction & 0x3ff) << 13)) >>> 0;
};

describe('halves', () => {
  it('of IEEE 754 are read exactly, all of them', () => {
    const numbers = fromF16(every);
    const expected = new Float32Array(Uint32Array.from(every, widened).buffer);
    const wrong = every.filter((i) => !Object.is(numbers[i], expected[i]));
    expect([...wrong]).toEqual([]);
    expect([...fromF16(Uint16Array.of(0x0001, 0x3c00, 0xc000, 0x7bff, 0x3555, 0x8000))]).toEqual([
      2 ** -24,
      1,
      -2,
      65_504,
      0.333251953125,
      -0,
    ]);
  });

  it('of bfloat16 are the upper halves of float32', () => {
    expect([...fromBF16(Uint16Array.of(0x3f80, 0xc000, 0x7f80, 0x0001, 0x8000))]).toEqual([
      1,
      -2,
      Infinity,
      2 ** -133,
      -0,
    ]);
  });

  it('are those of NumPy', () => {
    // SHA-256 of all that are no NaN, as little-endian float32: numpy.arange(65536) as uint16, seen as float16 (NumPy 2.4.6) and as
    // bfloat16 (ml_dtypes 0.6.0), and cast.
    expect(hashOf(fromF16(every))).toBe('680bbc22915f61aa1bbfc7265bc3882a6aa42d299bfd2c571807196e5544de2e');
    expect(hashOf(fromBF16(every))).toBe('ba630f4dd7aba313174b044090cfc5353bc4f587c4f6c2848056051239b777b0');
  });
});
