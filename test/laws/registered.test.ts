/** Every registered optimizer and method under the laws of its cases: an entry more in the registry is a row more here. */
import { describe, expect, it } from 'vitest';
import { withoutData } from '../../src/experiment';
import { decodeAt } from '../../src/registry';
import { Optimizer } from '../../src';
import { entryUnderLaw, lawsOfOptimizer, numberOf, showReport, type UnderLaw } from '../../laws';
import { messageOf } from '../support';
import { onBackend } from './support';

/** Twenty steps of trees, or minimisers in float64, a case. */
const numRuns = 10;
/** Of methods that minimise: seconds a case. */
const FEW = 2;

const violations = ({ laws }: UnderLaw, cases = numRuns): readonly string[] =>
  laws
    .map(({ run }) => run({ numRuns: cases }))
    .flatMap((r) => (r.violation === undefined ? [] : [showReport(r)]));

onBackend('wasm', () => {
  describe.each(withoutData.optimizers)('$name', (entry) => {
    it('keeps the laws of its cases, each with a formula', () => {
      const found = entryUnderLaw(entry);
      expect(entry.cases.length).toBeGreaterThan(0);
      // One formula each: of numbers, or of trees.
      for (const { reference, treeReference } of entry.cases)
        expect([reference, treeReference].filter((one) => one !== undefined)).toHaveLength(1);
      expect(found).toHaveLength(entry.cases.length);
      expect(found.flatMap((one) => violations(one))).toEqual([]);
    });
  });

  it('rejects an optimizer that follows another formula', () => {
    const [, formula] = lawsOfOptimizer({ optimizer: Optimizer.sgd(0.3), reference: () => (d) => 0.1 * d });
    expect(formula?.run({ numRuns }).violation).toContain('the largest error of a step');
    const [, ofTrees] = lawsOfOptimizer({
      optimizer: Optimizer.adafactor(0.3),
      treeReference: () => (directions) => directions.map(({ numbers }) => numbers.map((d) => 0.1 * d)),
    });
    expect(ofTrees?.run({ numRuns }).violation).toContain('the largest error of a step');
  });

  it('says which key of an optimizer is none', () => {
    const line = (type: string, config: object): string => {
      const entry = withoutData.optimizers.find(({ name }) => name === type);
      return entry === undefined ? 'none' : messageOf(decodeAt('FILE', entry.codec, { type, ...config }));
    };
    expect([
      line('adadelta', { rate: 1, decay: 1 }),
      line('adafactor', { rate: 1, exponent: 1.5 }),
      line('adafactor', { rate: 1, exponent: 0 }),
      line('muon', { rate: 1, steps: 0 }),
      line('muon', { rate: 1, mu: 0.9 }),
    ]).toEqual([
      'options error at FILE: decay: expected a number in [0, 1), found 1',
      'options error at FILE: exponent: expected a number in (0, 1], found 1.5',
      'options error at FILE: exponent: expected a number in (0, 1], found 0',
      'options error at FILE: steps: expected a whole number of at least 1, found 0',
      'options error at FILE: mu: expected no such key, but type, rate, steps, decay, momentum, found 0.9',
    ]);
  });

  it('each optimizer has the name that it is registered by', () => {
    for (const { name, build } of withoutData.optimizers)
      expect(build({ type: name, rate: 0.1 }).name).toBe(name);
  });
});

onBackend('float64', () => {
  describe.each(withoutData.methods)('$name', (entry) => {
    it('has interpreters that agree', () => {
      const [found] = entryUnderLaw(entry);
      const laws = (found?.laws ?? []).filter(({ number }) => number === numberOf('backprop'));
      expect(laws).toHaveLength(entry.cases.length);
      const cases = entry.cases.some(({ minimises }) => minimises === true) ? FEW : numRuns;
      expect(violations({ kind: 'method', name: entry.name, exact: true, laws }, cases)).toEqual([]);
    });
  });
});
