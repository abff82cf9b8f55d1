/** CRC-32C (Castagnoli), the checksum of TFRecord files: RFC 3720, appendix B.4. */

/** The polynomial x³² + x²⁸ + x²⁷ + … with its bits reversed. */
const POLYNOMIAL = 0x82f63b78;

/** The remainder of each byte. */
const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit++) remainder = (remainder >>> 1) ^ ((remainder & 1) === 1 ? POLYNOMIAL : 0);
  return remainder;
});

/**
 * The checksum of bytes, as an unsigned number of 32 bits.
 *
 * @example crc32c(new TextEncoder().encode('123456789')) // 0xe3069283
 */
export const crc32c = (bytes: Uint8Array): number => {
  let remainder = 0xffffffff;
  for (const byte of bytes) remainder = (table[(remainder ^ byte) & 0xff] ?? 0) ^ (remainder >>> 8);
  return (remainder ^ 0xffffffff) >>> 0;
};
