/**
 * The wire format of protocol buffers, as far as events need it: fields of a message, one after
 * another.
 */
import { concatenated, totalLength } from '../core';

/** Groups of seven bits, the lowest first; all but the last have their eighth bit set. */
const varint = (value: number): readonly number[] => {
  const groups: number[] = [];
  // Beyond 32 bits, for which there are no shifts of numbers.
  for (let rest = BigInt(value); ; rest >>= 7n) {
    const group = Number(rest & 0x7fn);
    if (rest < 0x80n) return [...groups, group];
    groups.push(group | 0x80);
  }
};

/** What a field begins with: its number, and how long its value is. */
const key = (field: number, wire: 0 | 1 | 2 | 5): readonly number[] => varint(field * 8 + wire);

/**
 * A whole number from 0 to 2^53 − 1, as int64 or an enum. As the format prescribes, a zero is left
 * out, and readers take a missing field for 0.
 */
export const wholeField = (field: number, value: number): Uint8Array =>
  value === 0 ? new Uint8Array(0) : Uint8Array.from([...key(field, 0), ...varint(value)]);

const ofSize = (field: number, wire: 1 | 5, bytes: 4 | 8, write: (view: DataView) => void): Uint8Array => {
  const value = new Uint8Array(bytes);
  write(new DataView(value.buffer));
  return Uint8Array.from([...key(field, wire), ...value]);
};

/** The same of a double. */
export const doubleField = (field: number, value: number): Uint8Array =>
  value === 0
    ? new Uint8Array(0)
    : ofSize(field, 1, 8, (view) => {
        view.setFloat64(0, value, true);
      });

/** A float that is one of several kinds of values, of which a zero is told too. */
export const floatField = (field: number, value: number): Uint8Array =>
  ofSize(field, 5, 4, (view) => {
    view.setFloat32(0, value, true);
  });

/** A message in a message, or a text as its UTF-8. */
export const bytesField = (field: number, value: Uint8Array): Uint8Array =>
  joinedBytes(Uint8Array.from([...key(field, 2), ...varint(value.length)]), value);

export const textField = (field: number, value: string): Uint8Array =>
  bytesField(field, new TextEncoder().encode(value));

/** Bytes one after another: fields make a message. */
export const joinedBytes = (...parts: readonly Uint8Array[]): Uint8Array =>
  concatenated(new Uint8Array(totalLength(parts)), parts);
