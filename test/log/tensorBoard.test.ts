/** Event files for TensorBoard: byte by byte those of its own writer, and read back by the rules of the formats. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { backprop, dispose, Key, Log, logged, nesterov, softmaxCrossEntropy, train } from '../../src';
import { crc32c } from '../../src/log/crc32c';
import { started } from '../support';
import { testFolder } from '../data/folder';
import { optionsOf, plain } from '../train/resume';
import { crcByBits, eventsOf, recordsOf } from './reader';
import { drained, streamOf } from './stream';

/** A clock that goes on by a quarter of a second each time that it is asked. */
const ticking = (from: number) => {
  let asked = 0;
  return (): number => from + 0.25 * asked++;
};

const START = 1_764_327_000.5;

describe('checksums', () => {
  it('are CRC-32C, by the examples of RFC 3720, appendix B.4, and bit by bit', () => {
    const known: readonly (readonly [Uint8Array, number])[] = [
      [new Uint8Array(32), 0x8a9136aa],
      [new Uint8Array(32).fill(0xff), 0x62a8ab43],
      [Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
      [Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5c],
      [new TextEncoder().encode('123456789'), 0xe3069283],
      [new Uint8Array(0), 0],
    ];
    for (const [bytes, expected] of known)
      expect([crc32c(bytes), crcByBits(bytes)]).toEqual([expected, expected]);
    const any = new Uint8Array(Key.bits(Key.key(1), 100).buffer);
    for (let n = 0; n < 400; n += 7) expect(crc32c(any.subarray(0, n))).toBe(crcByBits(any.subarray(0, n)));
  });
});

describe('event files', () => {
  const folder = testFolder();
  const only = (): string => {
    const [name, ...others] = readdirSync(folder.at('run'));
    if (name === undefined || others.length > 0) throw new RangeError('one file');
    return folder.at('run', name);
  };

  it('are byte by byte those of TensorBoard', async () => {
    const events = [
      {
        tag: 'epoch',
        epoch: 1,
        step: 300,
        trainLoss: 2.5,
        θ: -0.1,
        testAccuracy: null,
        metrics: { top5: Infinity },
      },
      { tag: 'batch', step: 2 ** 40 + 1, loss: 0, solves: [{ residual: 1 }] },
      { tag: 'done' },
      { tag: 'epoch', step: 0, trainLoss: 1e-3 },
    ];
    await drained(logged(streamOf(events), Log.tensorBoard(folder.at('run'), { clock: ticking(START) })));
    expect(readdirSync(folder.at('run'))).toEqual(['events.out.tfevents.1764327000.500000.proxprop']);
    // Written by tensorboard 2.21: RecordWriter on Event messages of these fields, serialised by protobuf.
    expect(readFileSync(only()).toString('hex')).toBe(
      '1800000000000000a37f4b2209000020965f4ada411a0d627261696e2e4576656e743a326b5f9e9e100000000000000095fb' +
        'fe1809000020965f4ada4110ac023a020801cf635d52520000000000000025eb07b709000030965f4ada4110ac022a440a16' +
        '0a0f65706f63682f747261696e4c6f737315000020400a0f0a0865706f63682fceb815cdccccbd0a190a1265706f63682f6d' +
        '6574726963732f746f7035150000807f79f7033d2500000000000000eabc36f309000040965f4ada41108180808080202a13' +
        '0a110a0a62617463682f6c6f73731500000000e0a51f262300000000000000b09f774309000050965f4ada412a180a160a0f' +
        '65706f63682f747261696e4c6f7373156f12833a3d67e465',
    );
  });

  it('hold what a training told, by steps and times', async () => {
    await started('wasm');
    const parameters = [...plain.init(Key.key(1))];
    const setting = { method: backprop(), optimizer: nesterov(0.05) };
    const stream = () =>
      logged(
        train(plain, softmaxCrossEntropy, optionsOf(setting, parameters)),
        Log.tensorBoard(folder.at('run'), { clock: ticking(START) }),
      );
    const expected: unknown[] = [{ wallTime: START, step: 0, version: 'brain.Event:2' }];
    for await (const event of stream()) {
      const wallTime = START + 0.25 * expected.length;
      switch (event.tag) {
        case 'epoch': {
          const { trainLoss, testLoss, testAccuracy, seconds } = event;
          const told = { seconds, trainLoss, testLoss, testAccuracy: testAccuracy ?? Number.NaN };
          const scalars = Object.fromEntries(
            Object.entries(told).map(([name, value]) => [`epoch/${name}`, Math.fround(value)]),
          );
          // Three batches an epoch.
          expected.push({ wallTime, step: 3 * event.epoch, scalars });
          break;
        }
        case 'batch':
          expected.push({
            wallTime,
            step: 3 * (event.epoch - 1) + event.batch,
            scalars: { 'batch/loss': Math.fround(event.loss) },
          });
          break;
        case 'done':
          dispose(event.parameters);
          break;
        case 'unlogged':
        case 'failed':
          throw new RangeError('a training that ends');
        case 'checkpoint':
        case 'diagnostics':
        case 'evaluation':
      }
    }
    dispose(parameters);
    expect(eventsOf(readFileSync(only()))).toEqual(expected);
    // The file's start, and of 4 epochs and the one before, with 3 batches each.
    expect(expected.length).toBe(1 + 5 + 12);
  });

  it('tell where a training goes on, and are found out where a byte is wrong', async () => {
    const later = [
      { tag: 'batch', epoch: 3, batch: 1, batches: 10, loss: 1 },
      { tag: 'evaluation', epoch: 3, batch: 5, testLoss: 2 },
      { tag: 'epoch', epoch: 3, testLoss: 3 },
    ];
    const run = () =>
      drained(logged(streamOf(later), Log.tensorBoard(folder.at('run'), { clock: ticking(START) })));
    await run();
    const bytes = new Uint8Array(readFileSync(only()));
    const wallTimes = [0, 0, 1, 2, 3].map((n) => START + 0.25 * n);
    expect(eventsOf(bytes)).toEqual([
      { wallTime: wallTimes[0], step: 0, version: 'brain.Event:2' },
      { wallTime: wallTimes[1], step: 21, started: true },
      { wallTime: wallTimes[2], step: 21, scalars: { 'batch/loss': 1 } },
      { wallTime: wallTimes[3], step: 25, scalars: { 'evaluation/testLoss': 2 } },
      { wallTime: wallTimes[4], step: 30, scalars: { 'epoch/testLoss': 3 } },
    ]);
    // Equal events and times, equal bytes.
    await run();
    expect(new Uint8Array(readFileSync(only()))).toEqual(bytes);
    for (let at = 0; at < bytes.length; at += 1) {
      const wrong = bytes.slice();
      wrong[at] = (wrong[at] ?? 0) ^ 0x10;
      expect(() => recordsOf(wrong)).toThrow(RangeError);
    }
  });

  it('count epochs where batches are not logged', async () => {
    const events = [0, 1, 2].map((epoch) => ({ tag: 'epoch', epoch, testLoss: 1 }));
    const sink = Log.tensorBoard(folder.at('run'), { clock: ticking(START), events: ['epoch'] });
    await drained(logged(streamOf(events), sink));
    expect(eventsOf(readFileSync(only())).map(({ step }) => step)).toEqual([0, 0, 1, 2]);
  });
});
