/** What a method remembers, in files and as it is handed over: there and back, and what is no memory of a method. */
import * as fc from 'fast-check';
import { scalar, type Tensor, zeros } from '@tensorflow/tfjs-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { attempt, chain, energyOf, linear, relu, scope, squaredError, Tree } from '../../src';
import { type Memory } from '../../src/energy';
import { checkMemory, isOfMemory, memoryFrom, namedMemory, namesInMemory } from '../../src/train/memory';
import { casesOf, messageOf, started } from '../support';

const SEED = 1;
type Kept = Memory[string];

const energy = energyOf(chain(linear(3, 4), relu(4), linear(4, 2)), squaredError);

const mean = (n: number): Kept => ({ mean: zeros([n, n]), weight: scalar(0.5) });
const trust = (): Kept => ({ scale: scalar(1), metric: scalar(2) });

describe('the memory of a method', () => {
  beforeAll(() => started('cpu'));

  it('comes back from its tensors by their names, whatever it is of', () => {
    const numRuns = casesOf(50);
    console.log(`memory by names: ${numRuns} cases, seed ${SEED}`);
    const links = fc.uniqueArray(fc.integer({ min: 1, max: 20 }), { maxLength: 3 });
    const trusts = fc.uniqueArray(fc.constantFrom('trust', 'mine', '1st', 'a1'), { maxLength: 3 });
    fc.assert(
      fc.property(links, trusts, (of, names) => {
        scope(() => {
          const memory: Memory = Object.fromEntries([
            ...of.map((link) => [`${link}`, mean(link)] as const),
            ...names.map((name) => [name, trust()] as const),
          ]);
          const named = new Map(namedMemory(memory));
          expect([...named.keys()].every(isOfMemory)).toBe(true);
          const found = namesInMemory('a', new Map([...named, ['parameters.0', scalar(0)]]));
          expect([...found].sort()).toEqual(Object.keys(memory).sort());
          const back = memoryFrom(found, (name) => named.get(name) ?? expect.fail(name));
          const leaves = (tree: Memory) => new Map(Tree.leavesWithPath(tree, ''));
          expect(leaves(back)).toEqual(leaves(memory));
        });
      }),
      { seed: SEED, numRuns },
    );
  });

  const whole = {
    'method.2.mean': [3, 3],
    'method.2.weight': [],
    'method.t.scale': [],
    'method.t.metric': [],
  };
  const expected =
    'expected a square mean or inverse, method.LINK.mean, its weight or its age; or .scale or .metric of a step under trust';
  it.each([
    [{}, 'no error'],
    [{ 'method.2.mean': [3, 2] }, `data error at a: method.2.mean: ${expected}, found a tensor [3, 2]`],
    [{ 'method.2.mean': [3] }, `data error at a: method.2.mean: ${expected}, found a tensor [3]`],
    [{ 'method.2.mean': [3, 3, 3] }, `data error at a: method.2.mean: ${expected}, found a tensor [3, 3, 3]`],
    [{ 'method.2.weight': [1] }, `data error at a: method.2.weight: ${expected}, found a tensor [1]`],
    [{ 'method.t.scale': [1] }, `data error at a: method.t.scale: ${expected}, found a tensor [1]`],
    [{ 'method.2.scale': [] }, `data error at a: method.2.scale: ${expected}, found a tensor []`],
    [{ 'method.t.mean': [2, 2] }, `data error at a: method.t.mean: ${expected}, found a tensor [2, 2]`],
    [{ 'method.t.x.scale': [] }, `data error at a: method.t.x.scale: ${expected}, found a tensor []`],
    [{ 'method.mean': [2, 2] }, `data error at a: method.mean: ${expected}, found a tensor [2, 2]`],
    [{ 'method.2.weight': undefined }, 'data error at a: method.2.weight: expected a tensor, found none'],
    [{ 'method.2.mean': undefined }, 'data error at a: method.2.mean: expected a tensor, found none'],
    [{ 'method.t.metric': undefined }, 'data error at a: method.t.metric: expected a tensor, found none'],
  ] as const)('in a file with %o: one line', (change, line) => {
    const shapes = Object.entries<readonly number[] | undefined>({ ...whole, ...change }).flatMap(
      ([name, shape]) => (shape === undefined ? [] : [[name, { shape }] as const]),
    );
    expect(messageOf(attempt(() => namesInMemory('a', new Map(shapes))))).toBe(line);
  });

  const freed = (t: Tensor): Tensor => {
    t.dispose();
    return t;
  };
  const handed: readonly (readonly [string, () => Readonly<Record<string, unknown>>, string])[] = [
    ['of links, and of steps under trust', () => ({ 1: mean(4), 3: mean(2), t: trust() }), 'no error'],
    [
      'of a link that is not there',
      () => ({ 4: mean(4) }),
      'shape error at memory.4: expected the number of a link with parameters, of 3 links, found another number',
    ],
    [
      'of link 0',
      () => ({ 0: mean(4) }),
      'shape error at memory.0: expected the number of a link with parameters, of 3 links, found another number',
    ],
    [
      'with a mean of three axes',
      () => ({ 1: { mean: zeros([2, 2, 2]), weight: scalar(1) } }),
      'shape error at memory.1.mean: expected a square matrix, found [2, 2, 2]',
    ],
    [
      'with a mean that is not square',
      () => ({ 1: { mean: zeros([2, 3]), weight: scalar(1) } }),
      'shape error at memory.1.mean: expected a square matrix, found [2, 3]',
    ],
    [
      'without a mean',
      () => ({ 1: { weight: scalar(1) } }),
      'shape error at memory.1.mean: expected a square matrix, found none',
    ],
    [
      'without a weight',
      () => ({ 1: { mean: zeros([2, 2]) } }),
      'shape error at memory.1.weight: expected a scalar, found none',
    ],
    [
      'with a weight that is a list',
      () => ({ 1: { mean: zeros([2, 2]), weight: zeros([1]) } }),
      'shape error at memory.1.weight: expected a scalar, found [1]',
    ],
    [
      'without a metric',
      () => ({ t: { scale: scalar(1) } }),
      'shape error at memory.t.metric: expected a scalar, found none',
    ],
    [
      'with a scale that is a list',
      () => ({ t: { scale: zeros([2]), metric: scalar(1) } }),
      'shape error at memory.t.scale: expected a scalar, found [2]',
    ],
    [
      'that was freed',
      () => ({ 1: { mean: zeros([2, 2]), weight: freed(scalar(1)) } }),
      'memory error at memory.1.weight: expected a tensor that lives (those of an event are to be copied), found a freed one',
    ],
  ];
  it.each(handed)('%s: one line', (_, make, line) => {
    scope(() => {
      // Boundary with programs without types.
      const memory = make() as Memory;
      expect(
        messageOf(
          attempt(() => {
            checkMemory('memory', energy, memory);
          }),
        ),
      ).toBe(line);
    });
  });
});
