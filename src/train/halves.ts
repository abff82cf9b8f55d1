/**
 * Numbers of 16 bits, a common format of published networks. float32 represents each of them
 * exactly.
 */

/**
 * The number of an IEEE 754 half (F16), which has a sign, 5 bits of exponent e and 10 of fraction
 * f:
 *
 *     ±2^(e − 15) · (1 + f/1024),   ±2^(−14) · f/1024 if e is 0,   and ±∞ or NaN if all bits of e are set
 */
const halfOf = (bits: number): number => {
  const sign = (bits & 0x8000) === 0 ? 1 : -1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = (bits & 0x3ff) / 1024;
  if (exponent === 0x1f) return fraction === 0 ? sign * Infinity : Number.NaN;
  return sign * (exponent === 0 ? 2 ** -14 * fraction : 2 ** (exponent - 15) * (1 + fraction));
};

/** The numbers of IEEE halves, given their bits. */
export const fromF16 = (bits: Uint16Array): Float32Array => Float32Array.from(bits, halfOf);

/** The numbers of bfloat16, given their bits: the upper halves of float32 numbers. */
export const fromBF16 = (bits: Uint16Array): Float32Array =>
  new Float32Array(Uint32Array.from(bits, (word) => word << 16).buffer);
