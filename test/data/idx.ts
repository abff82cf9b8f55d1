/** An IDX file of the given header and values, as bytes. */
export const idx = (shape: readonly number[], values: readonly number[], type = 8): Uint8Array => {
  const bytes = Buffer.alloc(4 + 4 * shape.length + values.length);
  bytes.writeUInt8(type, 2);
  bytes.writeUInt8(shape.length, 3);
  shape.forEach((n, i) => bytes.writeUInt32BE(n, 4 + 4 * i));
  bytes.set(values, 4 + 4 * shape.length);
  return new Uint8Array(bytes);
};
