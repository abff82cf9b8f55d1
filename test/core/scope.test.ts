import * as E from 'fp-ts/Either';
import { beforeAll, describe as group, expect, it } from 'vitest';
import { add, scalar, type Tensor } from '@tensorflow/tfjs-core';
import { attempt, describe, dispose, error, fail, liveTensors, orThrow, scope } from '../../src';
import { checkBatch, checkShape } from '../../src/internal';
import { messageOf, right, started } from '../support';

group('scope', () => {
  beforeAll(() => started('cpu'));
  it('frees what it made, and hands on what it returns', () => {
    const before = liveTensors();
    const kept = scope(() => add(scalar(1), scalar(2)));
    expect(liveTensors()).toBe(before + 1);
    dispose(kept, kept);
    expect(liveTensors()).toBe(before);
  });
  it('hands on tensors inside of eithers and records, through nested scopes', () => {
    const before = liveTensors();
    const result = scope(() =>
      scope((): E.Either<string, { a: Tensor; b: Tensor[] }> =>
        E.right({ a: scalar(1), b: [add(scalar(1), scalar(1))] }),
      ),
    );
    expect(liveTensors()).toBe(before + 2);
    if (E.isRight(result)) dispose(result.right);
    expect(liveTensors()).toBe(before);
  });
  it('frees when it throws', () => {
    const before = liveTensors();
    expect(() =>
      scope(() => {
        scalar(1);
        throw new Error('x');
      }),
    ).toThrow('x');
    expect(liveTensors()).toBe(before);
  });
  it('refuses a promise', () => {
    expect(messageOf(attempt(() => scope(() => Promise.resolve(1))))).toMatch(
      /^memory error at scope: expected a synchronous function/,
    );
  });
});

group('errors', () => {
  it('are one line, whatever they contain', () => {
    expect(describe(error('data', 'f', 'a\nb', 'c\t d'))).toBe('data error at f: expected a b, found c d');
  });
  it('become values, and defects do not', () => {
    expect(messageOf(attempt(() => fail('shape', 'p', 'x', 'y')))).toBe(
      'shape error at p: expected x, found y',
    );
    const defect = (): never => {
      throw new TypeError('a defect');
    };
    expect(() => attempt(defect)).toThrow(TypeError);
    expect(right(attempt(() => 3))).toBe(3);
    expect(() => orThrow(E.left(error('shape', 'p', 'x', 'y')))).toThrow('shape error at p');
  });
});

group('shapes at run time', () => {
  beforeAll(() => started('cpu'));
  it('are checked, with the path', () => {
    scope(() => {
      expect(() => checkBatch('layer.input', [3], scalar(1))).toThrow(
        'shape error at layer.input: expected a batch [N, 3], found a tensor []',
      );
      expect(() => checkShape('s', [2, 0])).toThrow(
        'shape error at s: expected dimensions that are whole numbers of at least 1, found [2, 0]',
      );
    });
  });
});
