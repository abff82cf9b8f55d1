/** States, addresses, sliders and lessons: pure functions. */
import * as E from 'fp-ts/Either';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressOf, stateOf } from '../../examples/playground/model/address';
import { dataKinds } from '../../examples/playground/model/data/kinds';
import { keysOf } from '../../examples/playground/model/keys';
import { lessons, saved } from '../../examples/playground/model/lessons';
import { methodTable, rowOf, startValues } from '../../examples/playground/model/methodTable';
import { placeOf, PLACES, shown, valueAt } from '../../examples/playground/model/slider';
import { decodeState, lessonIds, type State } from '../../examples/playground/model/state';
import { dashOf } from '../../examples/playground/page/dash';
import { messageOf, right } from '../support';

const NUM_RUNS = 200;
const SEED = 20;

const free = saved('free');

/** States that differ from a lesson's in what a reader changes. */
const states: fc.Arbitrary<State> = fc
  .record({
    lesson: fc.constantFrom(...keysOf(lessonIds)),
    kind: fc.constantFrom(...keysOf(dataKinds)),
    noise: fc.double({ min: 0, max: 1, noNaN: true }),
    seed: fc.integer({ min: 0, max: 9999 }),
    ids: fc.array(fc.constantFrom(...keysOf(methodTable)), { minLength: 1, maxLength: 4 }),
    place: fc.integer({ min: 0, max: PLACES }),
    own: fc.string({ unit: 'grapheme' }),
    units: fc.integer({ min: 1, max: 64 }),
  })
  .map(({ lesson, kind, noise, seed, ids, place, own, units }): State => ({
    ...saved(lesson),
    ...{ seed, own, loss: dataKinds[kind].classifies ? 'crossEntropy' : 'squaredError' },
    data: { kind, noise, count: 100 },
    network: [
      { kind: 'dense', units, activation: 'relu' },
      { kind: 'residual', activation: 'gelu' },
    ],
    methods: ids.map((id) => ({
      id,
      values: Object.fromEntries(rowOf(id).sliders.map((slider) => [slider.key, valueAt(slider, place)])),
    })),
  }));

describe('an address', () => {
  it('gives the state back that it was made of', () => {
    fc.assert(
      fc.property(states, (state) => {
        expect(right(stateOf(addressOf(state)))).toEqual(state);
      }),
      { numRuns: NUM_RUNS, seed: SEED },
    );
  });

  it('of a lesson as it is saved is its name', () => {
    for (const lesson of keysOf(lessonIds)) {
      expect(addressOf(saved(lesson))).toBe(`#/${lesson}`);
      expect(right(stateOf(`#/${lesson}`))).toEqual(saved(lesson));
    }
    expect(right(stateOf(''))).toEqual(free);
  });

  it.each([
    ['#nothing', 'options error at address: expected #/LESSON/STATE, found #nothing'],
    [
      '#/Free',
      'options error at address: expected one of free, valley, sweep, metric, robust, layer, found Free',
    ],
    ['#/free/x', 'options error at address: expected a state as this page writes it, found x'],
    ['#/free/MQ', 'options error at address: expected a state, found 1'],
  ])('%s is one line', (hash, line) => {
    expect(messageOf(stateOf(hash))).toBe(line);
  });
});

describe('a state', () => {
  const of = (part: object): string => messageOf(decodeState({ ...free, ...part }));

  it.each([
    [{ steps: 0 }, 'state.steps: expected a whole number from 1 to 5000, found 0'],
    [{ data: { ...free.data, noise: 2 } }, 'state.data.noise: expected a number from 0 to 1, found 2'],
    [{ loss: 'hinge' }, 'state.loss: expected one of crossEntropy, smoothed, squaredError, found "hinge"'],
    [{ methods: [] }, 'state.methods: expected one to four methods, found 0'],
    [
      { methods: [{ id: 'adam', values: { tau: 1 } }] },
      'state.methods.0.values.tau: expected one of rate, found tau',
    ],
    [
      { methods: [{ id: 'adam', values: { rate: 100 } }] },
      'state.methods.0.values.rate: expected a number from 0.0001 to 10, found 100',
    ],
    [
      { methods: [{ id: 'mac', values: { rounds: 1.5 } }] },
      'state.methods.0.values.rounds: expected a whole number from 1 to 5, found 1.5',
    ],
    [{ moved: [1] }, 'state.moved: expected four numbers, found 1'],
    [
      { data: { ...free.data, kind: 'curve' } },
      'state.loss: expected squaredError, as the targets are numbers, found crossEntropy',
    ],
  ])('%j is refused by its place', (part, line) => {
    expect(of(part)).toBe(`options error at ${line}`);
  });

  it('that is no state is one line', () => {
    for (const value of [null, 1, 'x', [], {}])
      expect(messageOf(decodeState(value))).toMatch(/^options error at state/);
    expect(messageOf(decodeState({ ...free, network: Array(9).fill(free.network[0]) }))).toContain(
      'at most 8 layers',
    );
  });

  it('has the values of sliders that it leaves out', () => {
    const found = right(decodeState({ ...free, methods: [{ id: 'proxprop', values: { tau: 2 } }] }));
    expect(found.methods[0]?.values).toEqual({ ...startValues('proxprop'), tau: 2 });
  });

  it('of every lesson is one', () => {
    for (const lesson of keysOf(lessonIds)) expect(E.isRight(decodeState(saved(lesson)))).toBe(true);
  });
});

describe('a slider', () => {
  it('comes back to its place: no two places have one value', () => {
    for (const id of keysOf(methodTable))
      for (const slider of rowOf(id).sliders) {
        const values = Array.from({ length: PLACES + 1 }, (_, place) => valueAt(slider, place));
        expect(values[0]).toBe(slider.min);
        expect(values.at(-1)).toBe(slider.max);
        values.forEach((value, place) => {
          expect(value).toBeGreaterThanOrEqual(values[place - 1] ?? value);
          if (slider.scale !== 'whole') expect(placeOf(slider, value)).toBe(place);
        });
        // The value of a start lies between those of the places beside it.
        const place = placeOf(slider, slider.start);
        expect(slider.start).toBeGreaterThanOrEqual(values[place - 1] ?? slider.min);
        expect(slider.start).toBeLessThanOrEqual(values[place + 1] ?? slider.max);
      }
  });

  it.each([
    [0, '0'],
    [0.05, '0.05'],
    [1234.5, '1230'],
    [-0.5, '-0.5'],
    [0.0001, '1.0e−4'],
    [123456, '1.2e5'],
  ])('shows %d as %s', (value, text) => {
    expect(shown(value)).toBe(text);
  });
});

describe('lessons', () => {
  it('have a paragraph and a task, in sentences', () => {
    for (const { text, task } of Object.values(lessons)) {
      expect(text).toMatch(/^[A-Zτ].{100,600}\.$/);
      expect(task).toMatch(/^[A-Z].{20,150}\.$/);
    }
  });
});

describe('colours', () => {
  /** Contrast as WCAG 2 defines it. */
  const luminance = (hex: string): number => {
    const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
      const c = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
      return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (a: string, b: string): number => {
    const [low = 0, high = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y);
    return (high + 0.05) / (low + 0.05);
  };
  it('of methods can be read as text on both grounds, and no two are alike', () => {
    const rows = keysOf(methodTable).map(rowOf);
    for (const { colour } of rows) {
      expect(contrast(colour[0], '#ffffff')).toBeGreaterThan(4.5);
      expect(contrast(colour[1], '#161d26')).toBeGreaterThan(4.5);
    }
    expect(new Set(rows.flatMap(({ colour }) => colour)).size).toBe(2 * rows.length);
  });

  it('of one method twice differ by a dash', () => {
    const { methods } = saved('metric');
    expect(new Set(methods.map((_, i) => dashOf(methods, i).join())).size).toBe(methods.length);
    expect(free.methods.map((_, i) => dashOf(free.methods, i))).toEqual([[], []]);
  });
});
