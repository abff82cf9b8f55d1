/** A reader of TensorBoard's event files, by the rules of the formats alone: TFRecord frames, protocol buffers, event.proto. */

/** CRC-32C bit by bit, from the polynomial 0x1edc6f41: bytes and the result with their bits reversed. */
export const crcByBits = (bytes: Uint8Array): number => {
  const reversed = (value: number, bits: number): number => {
    let result = 0;
    for (let i = 0; i < bits; i++) if ((value & (1 << i)) !== 0) result |= 1 << (bits - 1 - i);
    return result >>> 0;
  };
  let rest = 0xffffffff;
  for (const byte of bytes) {
    rest = (rest ^ (reversed(byte, 8) << 24)) >>> 0;
    for (let i = 0; i < 8; i++)
      rest = (rest & 0x80000000) !== 0 ? ((rest << 1) ^ 0x1edc6f41) >>> 0 : (rest << 1) >>> 0;
  }
  return (reversed(rest, 32) ^ 0xffffffff) >>> 0;
};

const masked = (bytes: Uint8Array): bigint => {
  const crc = BigInt(crcByBits(bytes));
  return (((crc >> 15n) | (crc << 17n)) + 0xa282ead8n) & 0xffffffffn;
};

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** The messages of a file; an error where a frame is not whole, or a checksum is wrong. */
export const recordsOf = (bytes: Uint8Array): readonly Uint8Array[] => {
  const records: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const view = viewOf(bytes);
    const length = Number(view.getBigUint64(at, true));
    if (BigInt(view.getUint32(at + 8, true)) !== masked(bytes.subarray(at, at + 8)))
      throw new RangeError(`a wrong checksum of the length at ${at}`);
    const record = bytes.subarray(at + 12, at + 12 + length);
    if (BigInt(view.getUint32(at + 12 + length, true)) !== masked(record))
      throw new RangeError(`a wrong checksum of the record at ${at}`);
    records.push(record);
    at += 16 + length;
  }
  return records;
};

type Field = readonly [number, bigint | number | Uint8Array];

/** The fields of a message: by their wire types, an integer, a double or float, or bytes. */
const fieldsOf = (message: Uint8Array): readonly Field[] => {
  const fields: Field[] = [];
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = message[at++];
      if (byte === undefined) throw new RangeError('a message that ends early');
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
  };
  while (at < message.length) {
    const key = varint();
    const [field, wire] = [Number(key >> 3n), Number(key & 7n)];
    const view = viewOf(message);
    if (wire === 0) fields.push([field, varint()]);
    else if (wire === 1) fields.push([field, view.getFloat64((at += 8) - 8, true)]);
    else if (wire === 5) fields.push([field, view.getFloat32((at += 4) - 4, true)]);
    else if (wire === 2) {
      const length = Number(varint());
      if (at + length > message.length) throw new RangeError('a field that ends early');
      fields.push([field, message.subarray(at, (at += length))]);
    } else throw new RangeError(`wire type ${wire}`);
  }
  return fields;
};

const bytesIn = (value: Field[1]): Uint8Array => {
  if (!(value instanceof Uint8Array)) throw new RangeError('a field that is no bytes');
  return value;
};
const textIn = (value: Field[1]): string => new TextDecoder('utf-8', { fatal: true }).decode(bytesIn(value));

export interface Read {
  readonly wallTime: number;
  readonly step: number;
  readonly version?: string;
  readonly started?: boolean;
  readonly scalars?: Readonly<Record<string, number>>;
}

/** A value of a summary: its tag, and its number. */
const scalarOf = (message: Uint8Array): readonly [string, number] => {
  let [tag, value] = ['', Number.NaN];
  for (const [field, found] of fieldsOf(message)) {
    if (field === 1) tag = textIn(found);
    else if (field === 2 && typeof found === 'number') value = found;
    else throw new RangeError(`field ${field} of a value`);
  }
  return [tag, value];
};

/** The events of a file. */
export const eventsOf = (bytes: Uint8Array): readonly Read[] =>
  recordsOf(bytes).map((record) =>
    fieldsOf(record).reduce<Read>(
      (event, [field, value]) => {
        switch (field) {
          case 1:
            return { ...event, wallTime: Number(value) };
          case 2:
            return { ...event, step: Number(value) };
          case 3:
            return { ...event, version: textIn(value) };
          case 5:
            return {
              ...event,
              scalars: Object.fromEntries(fieldsOf(bytesIn(value)).map(([, one]) => scalarOf(bytesIn(one)))),
            };
          case 7:
            return { ...event, started: fieldsOf(bytesIn(value)).some(([f, v]) => f === 1 && v === 1n) };
          default:
            throw new RangeError(`field ${field} of an event`);
        }
      },
      { wallTime: 0, step: 0 },
    ),
  );
