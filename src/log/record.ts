/**
 * Records of TensorBoard's event files: TensorFlow's `Event` messages in TFRecord frames.
 *
 *     length of the message (8 bytes), its masked CRC-32C (4), the message, its masked CRC-32C (4); little-endian
 */
import { crc32c } from './crc32c';
import { bytesField, doubleField, floatField, joinedBytes, textField, wholeField } from './protobuf';

/**
 * The masked checksum of TFRecord: rotated by 15 bits, plus a constant, since a checksum of
 * checksums is weak.
 */
const masked = (bytes: Uint8Array): number => {
  const crc = crc32c(bytes);
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
};

/** A message in its frame. */
const framed = (message: Uint8Array): Uint8Array => {
  const bytes = new Uint8Array(message.length + 16);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(message.length), true);
  view.setUint32(8, masked(bytes.subarray(0, 8)), true);
  bytes.set(message, 12);
  view.setUint32(12 + message.length, masked(message), true);
  return bytes;
};

/** Fields of event.proto and summary.proto by their numbers. */
const EVENT = { wallTime: 1, step: 2, fileVersion: 3, summary: 5, sessionLog: 7 } as const;
const SUMMARY = { value: 1 } as const;
const VALUE = { tag: 1, simpleValue: 2 } as const;
const SESSION = { status: 1, start: 1 } as const;

/** When an event was: seconds since 1970, and how many updates had been made. */
export interface When {
  readonly wallTime: number;
  readonly step: number;
}

/** The first record of a file. */
export const versionRecord = (wallTime: number): Uint8Array =>
  framed(joinedBytes(doubleField(EVENT.wallTime, wallTime), textField(EVENT.fileVersion, 'brain.Event:2')));

const at = ({ wallTime, step }: When): Uint8Array =>
  joinedBytes(doubleField(EVENT.wallTime, wallTime), wholeField(EVENT.step, step));

/** A training that goes on: what an earlier one told of this step and later ones counts no more. */
export const startRecord = (when: When): Uint8Array =>
  framed(joinedBytes(at(when), bytesField(EVENT.sessionLog, wholeField(SESSION.status, SESSION.start))));

/** Scalars by their tags, as float32. */
export const scalarsRecord = (when: When, scalars: readonly (readonly [string, number])[]): Uint8Array =>
  framed(
    joinedBytes(
      at(when),
      bytesField(
        EVENT.summary,
        joinedBytes(
          ...scalars.map(([tag, value]) =>
            bytesField(
              SUMMARY.value,
              joinedBytes(textField(VALUE.tag, tag), floatField(VALUE.simpleValue, value)),
            ),
          ),
        ),
      ),
    ),
  );
