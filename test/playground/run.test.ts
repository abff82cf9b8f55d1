/** Runs of the playground, and the programs that reproduce them. */
import * as E from 'fp-ts/Either';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { experimentOf } from '../../examples/playground/model/experiment';
import { keysOf } from '../../examples/playground/model/keys';
import { saved } from '../../examples/playground/model/lessons';
import { type MethodId, methodTable, startValues } from '../../examples/playground/model/methodTable';
import { programOf } from '../../examples/playground/model/program';
import { type Point, runOf, type Stopped } from '../../examples/playground/model/run';
import { type State } from '../../examples/playground/model/state';
import { liveTensors } from '../../src';
import { right, started } from '../support';

const folder = join(__dirname, '..', '..', 'runs', 'playground', 'programs');

beforeAll(async () => {
  await started('wasm');
  await mkdir(folder, { recursive: true });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const ids = keysOf(methodTable);
const small: State = { ...saved('free'), steps: 4, data: { kind: 'moons', noise: 0.2, count: 60 } };
const withMethods = (state: State, ...methods: readonly MethodId[]): State => ({
  ...state,
  methods: methods.map((id) => ({ id, values: startValues(id) })),
});

const trained = async (state: State, index = 0): Promise<readonly (Point | Stopped)[]> => {
  const experiment = right(experimentOf(state));
  const found: (Point | Stopped)[] = [];
  for await (const point of runOf(experiment, index)) found.push(point);
  return found;
};

const lastLoss = (found: readonly (Point | Stopped)[]): number => {
  const last = found.at(-1);
  return last?.tag === 'point' ? last.loss : Number.NaN;
};

describe('a run', () => {
  it.each(ids)('%s: the untrained network, then each step, with its angle, norm and energies', async (id) => {
    const found = await trained(withMethods(small, id));
    expect(found.map((point) => (point.tag === 'point' ? point.step : point.line))).toEqual([0, 1, 2, 3, 4]);
    for (const point of found.slice(1)) {
      if (point.tag !== 'point') throw new Error(point.line);
      expect(point.stepNorm).toBeGreaterThan(0);
      expect(point.angle).toBeGreaterThanOrEqual(0);
      expect(point.links.length).toBeGreaterThan(2);
    }
    expect(lastLoss(found)).toBeLessThan(lastLoss(found.slice(0, 1)));
  });

  it('begins every method at the same loss', async () => {
    const state = withMethods(small, 'backprop', 'admm');
    const [a, b] = [await trained(state, 0), await trained(state, 1)];
    expect(lastLoss(a.slice(0, 1))).toBe(lastLoss(b.slice(0, 1)));
  });

  it('of backprop has the angle 0, up to rounding', async () => {
    for (const point of (await trained(withMethods(small, 'backprop'))).slice(1))
      // acos is steep at 1: a cosine that is off by one unit of float32 (6e-8) is an angle of 0.02 degrees.
      expect(point.tag === 'point' ? point.angle : Number.NaN).toBeLessThan(0.1);
  });

  it('takes batches, and ends in the middle of an epoch', async () => {
    const found = await trained({ ...withMethods(small, 'proxprop'), batch: 25, steps: 5 });
    expect(found.map((point) => (point.tag === 'point' ? point.step : point.line))).toEqual([
      0, 1, 2, 3, 4, 5,
    ]);
  });

  it('that diverges ends with one line', async () => {
    const state = withMethods({ ...small, steps: 60 }, 'backprop');
    const wild = {
      ...state,
      loss: 'squaredError' as const,
      methods: [{ id: 'backprop' as const, values: { ...startValues('backprop'), tau: 100, rate: 10 } }],
    };
    const linear = { ...wild, network: [{ kind: 'dense' as const, units: 8, activation: 'relu' as const }] };
    const last = (await trained(linear)).at(-1);
    expect(last).toMatchObject({ tag: 'stopped', diverged: true });
    expect(last?.tag === 'stopped' ? last.line : '').toMatch(
      /^loss error at epoch \d+.*: expected a finite loss, found /,
    );
  });

  it('leaves no tensor behind, to its end and where the reader leaves early', async () => {
    const before = liveTensors();
    for (const id of ['backprop', 'proxprop', 'admm'] as const) await trained(withMethods(small, id));
    for await (const point of runOf(right(experimentOf(small)), 0))
      if (point.tag === 'point' && point.step === 2) break;
    expect(liveTensors()).toBe(before);
  });
});

describe('an exported program', () => {
  /** The program as Node runs it; the library comes from its sources. */
  const printed = async (state: State, name: string): Promise<readonly unknown[]> => {
    const text = programOf(state, 'address').replaceAll("from 'proxprop'", "from '../../../src'");
    const file = join(folder, `${name}.ts`);
    await writeFile(file, text);
    const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
    try {
      await import(/* @vite-ignore */ file);
      return log.mock.calls.map(([line]) => JSON.parse(String(line)) as unknown);
    } finally {
      log.mockRestore();
    }
  };
  const states: readonly (readonly [string, State])[] = [
    ['batches', { ...withMethods(small, 'backprop', 'proxprop', 'proxpropCg'), batch: 25 }],
    ['every method', withMethods(small, 'mac', 'admm', 'blockCoordinateDescent', 'predictiveCoding')],
    ['optimizers', withMethods({ ...small, loss: 'smoothed' }, 'muon', 'adam')],
    ['squares', { ...small, loss: 'squaredError' }],
    ['curve', { ...small, loss: 'squaredError', data: { kind: 'curve', noise: 0.1, count: 50 } }],
    ['circles', { ...small, data: { kind: 'circles', noise: 0.1, count: 50 } }],
    ['xor', { ...small, data: { kind: 'xor', noise: 0.1, count: 50 } }],
    ['spiral', { ...small, data: { kind: 'spiral', noise: 0.1, count: 50 } }],
    [
      'digits',
      {
        ...small,
        data: { kind: 'digits', noise: 0.1, count: 50 },
        network: [
          { kind: 'dense', units: 12, activation: 'relu' },
          { kind: 'residual', activation: 'gelu' },
          { kind: 'attention', tokens: 4, heads: 1 },
        ],
      },
    ],
    ['own', { ...small, network: saved('layer').network }],
    ['sigmoids', { ...small, network: [{ kind: 'own' }], own: saved('layer').own.replace('sin(', 'tanh(') }],
  ];
  it.each(states)('%s: gives the numbers of the run, to the last bit', async (name, state) => {
    const lines = await printed(state, name.replaceAll(' ', '-'));
    const expected = [];
    for (const [i, { id }] of state.methods.entries()) {
      const last = (await trained(state, i)).at(-1);
      if (last?.tag !== 'point') throw new Error(last?.line);
      expected.push({
        method: methodTable[id].name,
        step: state.steps,
        loss: last.loss,
        testLoss: last.testLoss,
      });
    }
    expect(lines).toEqual(expected);
  });
});

describe('a network', () => {
  it('that does not fit is one line', () => {
    const found = experimentOf({ ...small, network: [{ kind: 'attention', tokens: 3, heads: 1 }] });
    expect(E.isLeft(found) && found.left).toMatchObject({
      path: 'layer 1',
      expected: 'a number of tokens that divides 2',
      found: '3',
    });
  });
});
