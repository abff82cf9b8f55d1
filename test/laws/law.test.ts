import * as fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { started } from '../support';
import { fail } from '../../src';
import { check, type Law, type Verdict } from '../../laws';

const violationOf = (holds: () => Verdict): string | undefined => {
  const law: Law<number> = { number: 0, name: 'a test', arbitrary: fc.constant(1), holds };
  return check(law, { numRuns: 1 }).violation;
};

beforeAll(async () => {
  await started('cpu');
});

it('a report tells a violation, a failure and a crash apart', () => {
  expect(violationOf(() => true)).toBeUndefined();
  expect(violationOf(() => 'the sum is 3')).toBe('the sum is 3; smallest case [1]');
  expect(violationOf(() => fail('shape', 'x', '[2]', '[3]'))).toBe(
    'failed: shape error at x: expected [2], found [3]; smallest case [1]',
  );
  expect(
    violationOf(() => {
      throw new TypeError('no');
    }),
  ).toBe('threw TypeError: no; smallest case [1]');
});

it('each of its strata has a share of the cases', () => {
  const seen: number[] = [];
  const law: Law<number> = {
    number: 0,
    name: 'a test',
    arbitrary: fc.nat(1000),
    strata: [(n) => n < 990, (n) => n >= 990],
    holds: (n) => (seen.push(n), true),
  };
  expect(check(law, { numRuns: 5 }).cases).toBe(5);
  expect([seen.length, seen.filter((n) => n < 990).length]).toEqual([5, 2]);
  expect(check({ ...law, holds: (n) => n < 990 || 'too many' }, { numRuns: 5 }).violation).toBeDefined();
});
