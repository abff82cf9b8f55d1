/** Checkpoints in files: training goes on from one to the same bytes, and what does not fit is one line. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tensor } from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/Either';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  adam,
  type Backend,
  backprop,
  chain,
  decodeCheckpoint,
  decodeSafetensors,
  describe as show,
  dispose,
  encodeCheckpoint,
  encodeSafetensors,
  Key,
  linear,
  liveTensors,
  loadCheckpoint,
  nesterov,
  Optimizer,
  saveCheckpoint,
  sgd,
  softmaxCrossEntropy,
  type Stored,
  train,
  type TrainOptions,
  Tree,
  weightDecay,
} from '../../src';
import { messageOf, right, started, testBackends } from '../support';
import { bitsOf, optionsOf, type P, plain } from './resume';

const optimizer = Optimizer.chain(weightDecay(1e-3), adam(Optimizer.cosine(0.01, 20)));
const setting = { method: backprop(), optimizer };

const folder = mkdtempSync(join(tmpdir(), 'proxprop-checkpoint-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

const initial = (seed: number): P => [...plain.init(Key.key(seed))];

/** Train, saving each checkpoint under the name and its epoch; and the bits of the last. */
const saving = async (name: string, parameters: P, change: Partial<TrainOptions<P>> = {}) => {
  let bits: readonly Uint32Array[] = [];
  for await (const event of train(plain, softmaxCrossEntropy, optionsOf(setting, parameters, change))) {
    if (event.tag === 'checkpoint') {
      const path = join(folder, `${name}-${event.epoch}`);
      right(await saveCheckpoint(path, { ...event, optimizerState: event.state, metadata: { name: 'n' } })());
      bits = await bitsOf(event.parameters, ...Optimizer.momentsOf(event.state));
    }
    if (event.tag === 'failed') throw new Error(show(event.error));
    if (event.tag === 'done') dispose(event.parameters);
  }
  return bits;
};

/** What the file of a checkpoint of `plain` holds, by hand. */
const layout = [
  ...['optimizer.1.0.0.bias [8]', 'optimizer.1.0.0.weights [8, 6]'],
  ...['optimizer.1.0.2.bias [3]', 'optimizer.1.0.2.weights [3, 8]'],
  ...['optimizer.1.1.0.bias [8]', 'optimizer.1.1.0.weights [8, 6]'],
  ...['optimizer.1.1.2.bias [3]', 'optimizer.1.1.2.weights [3, 8]'],
  ...['parameters.0.bias [8]', 'parameters.0.weights [8, 6]'],
  ...['parameters.2.bias [3]', 'parameters.2.weights [3, 8]'],
];

const backends: readonly Backend[] = [...testBackends, 'float64'];

describe.each(backends)('a checkpoint in a file, on %s', (backend) => {
  beforeAll(() => started(backend));

  it('training goes on from it to the bytes of a run without a stop', async () => {
    const before = liveTensors();
    const parameters = initial(1);
    const all = await saving(`${backend}-all`, parameters);
    dispose(parameters);
    for (const epoch of [1, 2, 3]) {
      const like = initial(2);
      const path = join(folder, `${backend}-all-${epoch}`);
      const loaded = right(await loadCheckpoint(path, { parameters: like, optimizer })());
      dispose(like);
      expect(loaded.epoch).toBe(epoch);
      expect(loaded.state.map(({ step }) => step)).toEqual([3 * epoch, 3 * epoch, 3 * epoch]);
      const later = await saving(`${backend}-later`, loaded.parameters, {
        parameters: loaded.parameters,
        resume: loaded,
      });
      expect(later).toEqual(all);
      dispose(loaded.parameters, ...Optimizer.momentsOf(loaded.state));
      // Also the file that it comes to.
      expect(readFileSync(join(folder, `${backend}-later-4`))).toEqual(
        readFileSync(join(folder, `${backend}-all-4`)),
      );
    }
    expect(liveTensors()).toBe(before);
  });

  it('equal trainings give equal bytes, others do not; the names are those of the trees', async () => {
    const [one, other] = [initial(1), initial(2)];
    await saving(`${backend}-first`, one);
    await saving(`${backend}-second`, one);
    await saving(`${backend}-third`, other);
    dispose(one, other);
    const bytes = ['first', 'second', 'third'].map((name) =>
      readFileSync(join(folder, `${backend}-${name}-4`)),
    );
    expect(bytes[1]).toEqual(bytes[0]);
    expect(bytes[2]).not.toEqual(bytes[0]);
    const { tensors, metadata } = right(decodeSafetensors('f', new Uint8Array(bytes[0] ?? [])));
    expect([...tensors].map(([name, { shape }]) => `${name} [${shape.join(', ')}]`)).toEqual(layout);
    const kind = backend === 'float64' ? 'F64' : 'F32';
    expect([...tensors].every(([, { dtype }]) => dtype === kind)).toBe(true);
    expect(Object.fromEntries(metadata)).toEqual({
      ...{ epoch: '4', name: 'n' },
      ...{ 'optimizer.0.step': '12', 'optimizer.1.step': '12', 'optimizer.2.step': '12' },
    });
  });
});

describe('checkpoints', () => {
  let bytes = new Uint8Array(0);
  beforeAll(async () => {
    await started('wasm');
    const parameters = initial(1);
    const optimizerState = Optimizer.initOptimizer(optimizer, parameters);
    bytes = new Uint8Array(right(await encodeCheckpoint({ parameters, optimizerState, epoch: 3 })()));
    dispose(parameters, ...Optimizer.momentsOf(optimizerState));
  });

  it('keep texts of any name but their own', async () => {
    const parameters = chain(linear(2, 1)).init(Key.key(1));
    const metadata = Object.fromEntries([
      ['__proto__', 'a'],
      ['', 'b\n"'],
      ['data', 'θ'],
    ]);
    const given = { parameters, optimizerState: Optimizer.initOptimizer(sgd(1), parameters), epoch: 0 };
    const encoded = right(await encodeCheckpoint({ ...given, metadata })());
    const loaded = right(decodeCheckpoint('f', encoded, { parameters, optimizer: sgd(1) }));
    expect(Object.entries(loaded.metadata).sort()).toEqual(Object.entries(metadata).sort());
    const names = ['epoch', 'optimizer.0.step', 'optimizer.more'];
    for (const name of names)
      expect(messageOf(await encodeCheckpoint({ ...given, metadata: { [name]: '1' } })())).toBe(
        `options error at metadata.${name}: expected a name that checkpoints do not reserve, found ${name}`,
      );
    dispose(parameters, loaded.parameters);
  });

  /** The line of a checkpoint that holds other things than the one above. */
  const refused = (
    change: (tensors: Map<string, Stored>, metadata: Map<string, string>) => void,
    by = optimizer,
  ): string => {
    const before = liveTensors();
    const { tensors, metadata } = right(decodeSafetensors('f', bytes));
    const [changed, texts] = [new Map(tensors), new Map(metadata)];
    change(changed, texts);
    const parameters = initial(1);
    const read = decodeCheckpoint('f', encodeSafetensors(changed, texts), { parameters, optimizer: by });
    if (E.isRight(read)) dispose(read.right.parameters, ...Optimizer.momentsOf(read.right.state));
    dispose(parameters);
    expect(liveTensors()).toBe(before);
    return messageOf(read);
  };
  const zeros = (...shape: readonly number[]): Stored => ({
    dtype: 'F32',
    shape,
    data: new Float32Array(shape.reduce((a, b) => a * b, 1)),
  });
  const unchanged = (): void => undefined;
  const cases: readonly (readonly [string, () => string, string])[] = [
    ['what was written', () => refused(unchanged), 'no error'],
    [
      'parameters of another shape',
      () => refused((tensors) => tensors.set('parameters.0.weights', zeros(6, 8))),
      'data error at f: parameters.0.weights: expected a tensor [8, 6], found a tensor [6, 8]',
    ],
    [
      'a moment of another shape',
      () => refused((tensors) => tensors.set('optimizer.1.1.2.bias', zeros())),
      'data error at f: optimizer.1.1.2.bias: expected a tensor [3], found a tensor []',
    ],
    [
      'missing parameters',
      () => refused((tensors) => tensors.delete('parameters.2.bias')),
      'data error at f: parameters.2.bias: expected a tensor [3], found none',
    ],
    [
      'a missing moment',
      () => refused((tensors) => tensors.delete('optimizer.1.0.0.weights')),
      'data error at f: optimizer.1.0.0.weights: expected a tensor [8, 6], found none',
    ],
    [
      'parameters that are too many',
      () => refused((tensors) => tensors.set('parameters.1.weights', zeros(2))),
      'data error at f: parameters.1.weights: expected no tensor, found a tensor [2]',
    ],
    [
      'a tensor of an inherited name',
      () => refused((tensors) => tensors.set('__proto__', zeros(2))),
      'data error at f: __proto__: expected no tensor, found a tensor [2]',
    ],
    [
      'another kind of numbers',
      () =>
        refused((tensors) =>
          tensors.set('parameters.2.bias', { dtype: 'F64', shape: [3], data: new Float64Array(3) }),
        ),
      'data error at f: parameters.2.bias: expected numbers F32, found F64',
    ],
    [
      'no epoch',
      () => refused((_, metadata) => metadata.delete('epoch')),
      'data error at f: __metadata__.epoch: expected a whole number of at least 0, found nothing',
    ],
    [
      'another epoch',
      () => refused((_, metadata) => metadata.set('epoch', '-1')),
      'data error at f: __metadata__.epoch: expected a whole number of at least 0, found "-1"',
    ],
    [
      'an unsafe count of steps',
      () => refused((_, metadata) => metadata.set('optimizer.2.step', '9007199254740993')),
      'data error at f: __metadata__.optimizer.2.step: expected a whole number of at least 0, found "9007199254740993"',
    ],
    [
      'a slot that is too many',
      () => refused((_, metadata) => metadata.set('optimizer.3.step', '1')),
      'data error at f: __metadata__.optimizer.3.step: expected 3 slots of the optimizer, found a further one',
    ],
    [
      'another optimizer',
      () => refused(unchanged, nesterov(0.1)),
      'data error at f: optimizer.0.0.0.weights: expected a tensor [8, 6], found none',
    ],
    [
      'an optimizer without moments',
      () => refused(unchanged, sgd(0.1)),
      'data error at f: optimizer.1.0.0.bias: expected no tensor, found a tensor [8]',
    ],
    [
      'an optimizer that cannot be',
      () => refused(unchanged, adam(0.1, { beta1: 2 })),
      'options error at beta1: expected a number in [0, 1), found 2',
    ],
  ];
  for (const [name, found, line] of cases)
    it(`read into a network: ${name}`, () => {
      expect(found()).toBe(line);
    });

  describe('files that cannot be read or written are one line, and the old file stays', () => {
    const parametersAndState = () => {
      const parameters = initial(1);
      return { parameters, optimizerState: Optimizer.initOptimizer(optimizer, parameters), epoch: 1 };
    };
    const loading = async (path: string): Promise<string> => {
      const parameters = initial(1);
      const line = messageOf(await loadCheckpoint(path, { parameters, optimizer })());
      dispose(parameters);
      return line;
    };

    it('reading', async () => {
      const missing = join(folder, 'missing');
      expect(await loading(missing)).toBe(
        `file error at ${missing}: expected a file that can be read, found no such file`,
      );
      expect(await loading(folder)).toBe(
        `file error at ${folder}: expected a file that can be read, found a folder`,
      );
      // Three times 83 numbers: parameters and Adam's two moments.
      const cut = join(folder, 'cut');
      writeFileSync(cut, bytes.subarray(0, bytes.length - 1));
      expect(await loading(cut)).toMatch(
        /^data error at \/.*\/cut: expected 996 bytes of data, found 995 bytes$/,
      );
    });

    it('reading what does not fit, by its header alone', async () => {
      // A hole of 32 GiB, which no buffer holds.
      const path = join(folder, 'other');
      const size = 2 ** 35;
      const header = `{"other":{"dtype":"F32","shape":[${size / 4}],"data_offsets":[0,${size}]},"__metadata__":{"epoch":"1","optimizer.2.step":"0"}}`;
      const begun = new Uint8Array(8 + header.length);
      new DataView(begun.buffer).setBigUint64(0, BigInt(header.length), true);
      begun.set(new TextEncoder().encode(header), 8);
      writeFileSync(path, begun);
      truncateSync(path, begun.length + size);
      try {
        expect(await loading(path)).toBe(
          `data error at ${path}: parameters.0.weights: expected a tensor [8, 6], found none`,
        );
      } finally {
        rmSync(path);
      }
    });

    it('writing', async () => {
      const given = parametersAndState();
      const path = join(folder, 'deep', 'er', 'file');
      right(await saveCheckpoint(path, given)());
      const old = readFileSync(path);
      const inFile = join(path, 'more');
      expect(messageOf(await saveCheckpoint(inFile, given)())).toBe(
        `file error at ${path}: expected a place that can be written, found EEXIST`,
      );
      const place = join(folder, 'deep', 'er');
      expect(messageOf(await saveCheckpoint(place, given)())).toBe(
        `file error at ${place}: expected a place that can be written, found a folder`,
      );
      for (const epoch of [-1, 0.5])
        expect(messageOf(await saveCheckpoint(path, { ...given, epoch })())).toBe(
          `options error at epoch: expected a whole number of at least 0, found ${epoch}`,
        );
      dispose(given.parameters, ...Optimizer.momentsOf(given.optimizerState));
      expect(messageOf(await saveCheckpoint(path, given)())).toBe(
        'memory error at parameters.0.weights: expected a tensor that lives, found a freed one',
      );
      expect(readFileSync(path)).toEqual(old);
      expect([readdirSync(place), readdirSync(join(folder, 'deep'))]).toEqual([['file'], ['er']]);
    });

    it('what is no real number, or not finite; names with a point are told apart', async () => {
      const [a, b, c] = [tensor([1, 2]), tensor([1, 2], [2], 'int32'), tensor([0, Number.NaN])];
      const encoding = (parameters: Tree.Tree) =>
        encodeCheckpoint({ parameters, optimizerState: [], epoch: 1 })();
      const bytes = right(await encoding({ 'a.b': a, a: { b: a } }));
      expect([...right(decodeSafetensors('f', bytes)).tensors.keys()].sort()).toEqual([
        'parameters.a.b',
        'parameters.a\\.b',
      ]);
      expect(messageOf(await encoding({ c }))).toBe(
        'data error at parameters.c: expected finite numbers, found NaN at 1 of 2',
      );
      expect(messageOf(await encoding({ b }))).toBe(
        'data error at parameters.b: expected real numbers, found int32',
      );
      dispose(a, b, c);
    });
  });

  it('reads the tensors of one time, also where the caller does not wait', async () => {
    const parameters = initial(1);
    const expected = await bitsOf(parameters);
    const reading = encodeCheckpoint({ parameters, optimizerState: [], epoch: 1 })();
    const freed = Tree.map((leaf) => leaf.clone())(parameters);
    dispose(parameters);
    const encoded = right(await reading);
    const loaded = right(
      decodeCheckpoint('f', encoded, { parameters: freed, optimizer: Optimizer.unchanged }),
    );
    expect(await bitsOf(loaded.parameters)).toEqual(expected);
    dispose(freed, loaded.parameters);
  });
});
