/** Parameters in files without an optimizer: whole and in part, under other names, from other kinds of numbers. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { tensor, tensor1d } from '@tensorflow/tfjs-core';
import * as E from 'fp-ts/Either';
import { pipe } from 'fp-ts/function';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  adam,
  type Backend,
  bind,
  chain,
  concat,
  conv2d,
  decodeSafetensors,
  decodeWeights,
  dispose,
  encodeSafetensors,
  encodeWeights,
  flatten,
  graph,
  Key,
  linear,
  liveTensors,
  loadCheckpoint,
  loadWeights,
  type LoadWeights,
  meet,
  Optimizer,
  outputs,
  relu,
  saveCheckpoint,
  saveWeights,
  type Stored,
  tanh,
  toHost,
  Tree,
} from '../../src';
import { readSafetensors } from '../../src/train/safetensors';
import { messageOf, right, started, testBackends } from '../support';
import { bitsOf } from './resume';

const folder = mkdtempSync(join(tmpdir(), 'proxprop-weights-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** Two layers with parameters before the head: 0, 2 and 4. */
const net = chain(linear(3, 4), tanh(4), linear(4, 4), relu(4), linear(4, 2));
type P = ReturnType<typeof net.init>;
const names = ['0.weights', '0.bias', '2.weights', '2.bias', '4.weights', '4.bias'];

const backends: readonly Backend[] = [...testBackends, 'float64'];

/** The numbers of each tensor by its path. */
const numbersOf = (tree: Tree.Tree): ReadonlyMap<string, readonly number[]> =>
  new Map(Tree.leavesWithPath(tree).map(([name, leaf]) => [name, [...toHost(leaf)]]));

describe.each(backends)('weights on %s', (backend) => {
  beforeAll(() => started(backend));

  it('are read as they were written, without an optimizer', async () => {
    const before = liveTensors();
    const [trained, fresh] = [net.init(Key.key(1)), net.init(Key.key(2))];
    const path = join(folder, `${backend}-weights`);
    right(await saveWeights(path, trained, { name: 'n' })());
    const loaded = right(await loadWeights(path, { parameters: fresh })());
    expect(await bitsOf(loaded.parameters)).toEqual(await bitsOf(trained));
    expect(loaded.taken.map(({ name }) => name)).toEqual(names);
    const dtype = backend === 'float64' ? 'F64' : 'F32';
    expect(loaded.taken[0]).toEqual({ name: '0.weights', from: 'parameters.0.weights', dtype });
    expect([loaded.kept, loaded.unused, loaded.metadata]).toEqual([[], [], { name: 'n' }]);
    // Equal parameters, equal bytes: also from what was read.
    expect(right(await encodeWeights(loaded.parameters, { name: 'n' })())).toEqual(
      new Uint8Array(readFileSync(path)),
    );
    dispose(trained, fresh, loaded.parameters);
    expect(liveTensors()).toBe(before);
  });

  it('are those of a checkpoint, whose optimizer is left out', async () => {
    const before = liveTensors();
    const [trained, fresh] = [net.init(Key.key(1)), net.init(Key.key(2))];
    const optimizerState = Optimizer.initOptimizer(adam(), trained);
    const path = join(folder, `${backend}-checkpoint`);
    right(await saveCheckpoint(path, { parameters: trained, optimizerState, epoch: 3 })());
    const loaded = right(await loadWeights(path, { parameters: fresh })());
    expect(await bitsOf(loaded.parameters)).toEqual(await bitsOf(trained));
    expect(loaded.unused).toHaveLength(12);
    expect(loaded.unused[0]).toBe('optimizer.0.0.0.bias');
    expect(loaded.metadata['epoch']).toBe('3');
    dispose(trained, fresh, loaded.parameters, ...Optimizer.momentsOf(optimizerState));
    expect(liveTensors()).toBe(before);
  });

  it('are taken in part, and the others keep their numbers', async () => {
    const before = liveTensors();
    const [trained, fresh] = [net.init(Key.key(1)), net.init(Key.key(2))];
    const path = join(folder, `${backend}-part`);
    // Of another head, which does not fit.
    const other = chain(linear(3, 4), tanh(4), linear(4, 4), relu(4), linear(4, 7));
    const source = other.init(Key.key(1));
    right(await saveWeights(path, source)());
    const takes: readonly (readonly [LoadWeights<P>['take'], readonly string[]])[] = [
      [['0.*', '2.*'], names.slice(0, 4)],
      [['0', '2'], names.slice(0, 4)],
      [['2.bias'], ['2.bias']],
      [['0.b*'], ['0.bias']],
      [(name) => name.endsWith('weights') && !name.startsWith('4'), ['0.weights', '2.weights']],
    ];
    for (const [take, taken] of takes) {
      if (take === undefined) continue;
      const loaded = right(await loadWeights(path, { parameters: fresh, take })());
      expect(loaded.taken.map(({ name }) => name)).toEqual(taken);
      expect(loaded.kept).toEqual(names.filter((name) => !taken.includes(name)));
      expect(loaded.unused).toEqual(
        names
          .filter((name) => !taken.includes(name))
          .map((name) => `parameters.${name}`)
          .sort(),
      );
      const [found, first, theirs] = [loaded.parameters, fresh, source].map(numbersOf);
      for (const name of names)
        expect(found?.get(name)).toEqual((taken.includes(name) ? theirs : first)?.get(name));
      // All tensors are the caller's: nothing of `fresh` is among them.
      dispose(loaded.parameters);
    }
    expect(fresh.every((part) => Tree.leaves(part).every((leaf) => !leaf.isDisposed))).toBe(true);
    dispose(trained, fresh, source);
    expect(liveTensors()).toBe(before);
  });
});

describe('weights of other programs', () => {
  beforeAll(() => started('wasm'));

  /** A file as PyTorch's safetensors writes it: names sorted by kind, then by name, and numbers little-endian. */
  const torch = (): Uint8Array => {
    const header =
      '{"__metadata__":{"format":"pt"},"n":{"dtype":"I64","shape":[],"data_offsets":[0,8]},' +
      '"fc1.bias":{"dtype":"F16","shape":[3],"data_offsets":[8,14]},' +
      '"fc1.weight":{"dtype":"F16","shape":[3,2],"data_offsets":[14,26]}}';
    const text = new TextEncoder().encode(header.padEnd(8 * Math.ceil(header.length / 8)));
    const bytes = new Uint8Array(8 + text.length + 26);
    const view = new DataView(bytes.buffer);
    view.setBigUint64(0, BigInt(text.length), true);
    bytes.set(text, 8);
    const at = 8 + text.length;
    view.setBigInt64(at, 7n, true);
    // ½, −½, 2⁻²⁴; then 1 to 6.
    [0x3800, 0xb800, 0x0001, 0x3c00, 0x4000, 0x4200, 0x4400, 0x4500, 0x4600].forEach((bits, i) => {
      view.setUint16(at + 8 + 2 * i, bits, true);
    });
    return bytes;
  };
  const small = chain(linear(2, 3), linear(3, 1));
  const expected = [1, 2, 3, 4, 5, 6];

  it('are read under their own names', () => {
    const before = liveTensors();
    const parameters = small.init(Key.key(1));
    const renames: readonly LoadWeights<typeof parameters>['rename'][] = [
      { 'fc1.weight': '0.weights', 'fc1.bias': '0.bias' },
      (name) => name.replace(/^fc1\.weight$/, '0.weights').replace('fc1', '0'),
    ];
    for (const rename of renames) {
      if (rename === undefined) continue;
      const loaded = right(decodeWeights('f', torch(), { parameters, take: ['0'], rename }));
      expect([...toHost(loaded.parameters[0].weights)]).toEqual(expected);
      expect([...toHost(loaded.parameters[0].bias)]).toEqual([0.5, -0.5, 2 ** -24]);
      expect(loaded.taken).toEqual([
        { name: '0.weights', from: 'fc1.weight', dtype: 'F16' },
        { name: '0.bias', from: 'fc1.bias', dtype: 'F16' },
      ]);
      expect([loaded.kept, loaded.unused]).toEqual([['1.weights', '1.bias'], ['n']]);
      expect(loaded.metadata).toEqual({ format: 'pt' });
      dispose(loaded.parameters);
    }
    dispose(parameters);
    expect(liveTensors()).toBe(before);
  });

  // Type alias: only aliases are trees to the compiler.
  type One = { readonly a: ReturnType<typeof tensor1d> };

  /** The numbers of `a` as they come from a file of that one tensor, or the line. */
  const read = async (backend: Backend, one: Stored): Promise<readonly number[] | string> => {
    await started(backend);
    const parameters: One = { a: tensor1d(new Array<number>(one.data.length).fill(9)) };
    const loaded = decodeWeights('f', encodeSafetensors(new Map([['a', one]]), new Map()), { parameters });
    const found = E.isRight(loaded) ? [...toHost(loaded.right.parameters.a)] : messageOf(loaded);
    if (E.isRight(loaded)) dispose(loaded.right.parameters);
    dispose(parameters);
    return found;
  };
  const f64 = (...data: readonly number[]): Stored => ({
    dtype: 'F64',
    shape: [data.length],
    data: Float64Array.from(data),
  });
  const most = (2 - 2 ** -23) * 2 ** 127;

  it('in float64 are rounded to float32, and kept by the float64 backend', async () => {
    expect(await read('wasm', f64(0.1, -1 / 3, most, 1e-300))).toEqual([
      Math.fround(0.1),
      Math.fround(-1 / 3),
      most,
      0,
    ]);
    expect(await read('float64', f64(0.1, -1 / 3, 1e300))).toEqual([0.1, -1 / 3, 1e300]);
  });

  it('beyond float32, or not finite, are one line', async () => {
    expect(await read('wasm', f64(1, -1e39))).toBe(
      'data error at f: a: expected numbers in the range of float32, at most 3.4e38, found -1e+39 at 1 of 2',
    );
    expect(await read('wasm', f64(1, Number.NaN))).toBe(
      'data error at f: a: expected finite numbers, found NaN at 1 of 2',
    );
    const f16 = { dtype: 'F16', shape: [1], data: Uint16Array.of(0x7c00) } as const;
    expect(await read('wasm', f16)).toBe(
      'data error at f: a: expected finite numbers, found Infinity at 0 of 1',
    );
  });

  it('in bfloat16 are read, and whole numbers are refused', async () => {
    expect(await read('wasm', { dtype: 'BF16', shape: [2], data: Uint16Array.of(0x3f80, 0xbf00) })).toEqual([
      1, -0.5,
    ]);
    expect(await read('wasm', { dtype: 'I64', shape: [1], data: BigInt64Array.of(7n) })).toBe(
      'data error at f: a: expected numbers F32, F64, F16 or BF16, found I64',
    );
  });

  it('may be named as a checkpoint, of which only our own loses its section', async () => {
    await started('wasm');
    const before = liveTensors();
    const file = (...all: readonly string[]): Uint8Array =>
      encodeSafetensors(
        new Map(
          all.map((name): [string, Stored] => [name, { dtype: 'F32', shape: [1], data: Float32Array.of(5) }]),
        ),
        new Map(),
      );
    const a = tensor1d([1]);
    const ours = right(decodeWeights('f', file('parameters.a', 'optimizer.0.0.a'), { parameters: { a } }));
    const other = right(
      decodeWeights('f', file('parameters.a', 'a'), { parameters: { a }, rename: { 'parameters.a': 'b' } }),
    );
    expect([ours.taken[0]?.from, ours.unused]).toEqual(['parameters.a', ['optimizer.0.0.a']]);
    expect([other.taken[0]?.from, other.unused]).toEqual(['a', ['parameters.a']]);
    // A lone tensor, whose path is empty.
    const lone = right(await encodeWeights(a)());
    expect([...right(decodeSafetensors('f', lone)).tensors.keys()]).toEqual(['parameters']);
    const back = right(decodeWeights('f', lone, { parameters: a }));
    expect([...toHost(back.parameters)]).toEqual([1]);
    dispose(a, ours.parameters, other.parameters, back.parameters);
    expect(liveTensors()).toBe(before);
  });

  const parametersOf = () => small.init(Key.key(1));
  type Options = Partial<LoadWeights<ReturnType<typeof parametersOf>>>;
  const toFirst = { 'fc1.weight': '0.weights', 'fc1.bias': '0.bias' };
  const throwing = (): never => {
    throw new RangeError('mine');
  };
  const refused: readonly (readonly [string, Options, string])[] = [
    [
      'a tensor that the file has not',
      { rename: toFirst },
      'data error at f: 1.weights: expected a tensor [1, 3], found none, but n',
    ],
    [
      'names that the file has not',
      { take: ['0'] },
      'data error at f: 0.weights: expected a tensor [3, 2], found none, but fc1.bias and 2 more that are not used',
    ],
    [
      'another shape',
      { take: ['1.bias'], rename: { 'fc1.bias': '1.bias' } },
      'data error at f: 1.bias: expected a tensor [1], found a tensor [3]',
    ],
    [
      'a part that is none',
      { take: ['0', '7.*'] },
      'options error at take.1: expected the name of a tensor or of a part of the parameters, found "7.*"',
    ],
    [
      'a part by the start of its name',
      { take: ['0.w'] },
      'options error at take.0: expected the name of a tensor or of a part of the parameters, found "0.w"',
    ],
    [
      'nothing at all',
      { take: () => false },
      'options error at take: expected some of the parameters, found none of 4 tensors',
    ],
    [
      'an empty list',
      { take: [] },
      'options error at take: expected some of the parameters, found none of 4 tensors',
    ],
    [
      'a choice that throws',
      { take: throwing },
      'options error at take: expected a function that runs on its inputs, found mine',
    ],
    [
      'a renaming of nothing',
      { rename: { 'fc2.weight': '1.weights' } },
      'options error at rename.fc2.weight: expected a tensor of f, found none',
    ],
    [
      'one name for two',
      { rename: { 'fc1.weight': 'n' } },
      'options error at rename: n: expected one tensor of the file, found n and fc1.weight',
    ],
    [
      'a renaming that throws',
      { rename: throwing },
      'options error at rename: expected a function that runs on its inputs, found mine',
    ],
  ];
  for (const [name, options, line] of refused)
    it(`are refused in one line: ${name}`, () => {
      const before = liveTensors();
      const parameters = parametersOf();
      expect(messageOf(decodeWeights('f', torch(), { parameters, ...options }))).toBe(line);
      dispose(parameters);
      expect(liveTensors()).toBe(before);
    });

  it('files that cannot be read, parameters that are freed or no real numbers are one line', async () => {
    const parameters = parametersOf();
    const missing = join(folder, 'missing');
    expect(messageOf(await loadWeights(missing, { parameters })())).toBe(
      `file error at ${missing}: expected a file that can be read, found no such file`,
    );
    expect(messageOf(await saveWeights(folder, parameters)())).toBe(
      `file error at ${folder}: expected a place that can be written, found a folder`,
    );
    const bytes = right(await encodeWeights(parameters)());
    const whole = { a: tensor([1], [1], 'int32') };
    const file = encodeSafetensors(
      new Map([['a', { dtype: 'F32', shape: [1], data: Float32Array.of(1) }]]),
      new Map(),
    );
    expect(messageOf(decodeWeights('f', file, { parameters: whole }))).toBe(
      'data error at f: a: expected real numbers, found int32',
    );
    dispose(parameters, whole);
    expect(messageOf(decodeWeights('f', bytes, { parameters, take: ['0'] }))).toMatch(/^memory error at f: /);
    expect(messageOf(await encodeWeights(parameters)())).toBe(
      'memory error at parameters.0.weights: expected a tensor that lives, found a freed one',
    );
  });

  it('that are not asked for are not read', async () => {
    const row = (length: number): Stored => ({
      dtype: 'F32',
      shape: [length],
      data: new Float32Array(length),
    });
    const whole = encodeSafetensors(
      new Map([
        ['a', row(1)],
        ['b', row(2)],
        ['c', row(3)],
      ]),
      new Map(),
    );
    const lengths: number[] = [];
    const bytes = (begin: number, end: number): Promise<Uint8Array<ArrayBuffer>> => {
      lengths.push(end - begin);
      return Promise.resolve(whole.slice(begin, end));
    };
    const read = await readSafetensors('x', { size: whole.length, bytes }, () => E.right(new Set(['b'])));
    expect([...read.tensors.keys()]).toEqual(['b']);
    // The length of the header, the header, and two numbers of 4 bytes.
    expect(lengths).toEqual([8, whole.length - 8 - 24, 8]);
  });
});

describe('networks of several inputs and outputs', () => {
  beforeAll(() => started('wasm'));

  it('are kept and read as any other: their names are those of their wires', async () => {
    const branching = pipe(
      graph({ image: [4, 4, 1], age: [1] }),
      bind('seen', chain(conv2d([4, 4, 1], 2, 3), flatten([2, 2, 2])), 'image'),
      meet('both', concat([8], [1]), 'seen', 'age'),
      bind('kind', linear(9, 3), 'both'),
      bind('price', linear(9, 1), 'both'),
      outputs('kind', 'price'),
    );
    const [trained, fresh] = [branching.init(Key.key(1)), branching.init(Key.key(2))];
    const [weights, checkpoint] = [join(folder, 'several'), join(folder, 'several-checkpoint')];
    const optimizerState = Optimizer.initOptimizer(adam(), trained);
    right(await saveWeights(weights, trained)());
    right(await saveCheckpoint(checkpoint, { parameters: trained, optimizerState, epoch: 1 })());
    const whole = right(await loadCheckpoint(checkpoint, { parameters: fresh, optimizer: adam() })());
    const part = right(await loadWeights(weights, { parameters: fresh, take: ['seen', 'kind'] })());
    expect(await bitsOf(whole.parameters)).toEqual(await bitsOf(trained));
    expect(part.kept).toEqual(['price.weights', 'price.bias']);
    expect(numbersOf(part.parameters).get('kind.weights')).toEqual(numbersOf(trained).get('kind.weights'));
    expect(numbersOf(part.parameters).get('price.weights')).toEqual(numbersOf(fresh).get('price.weights'));
    dispose(trained, fresh, whole.parameters, part.parameters);
    dispose(...Optimizer.momentsOf(optimizerState), ...Optimizer.momentsOf(whole.state));
  });
});
