/** The parts of the bench that are more than a stopwatch. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as E from 'fp-ts/Either';
import * as t from 'io-ts';
import * as fc from 'fast-check';
import { format, resolveConfig } from 'prettier';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { describe as told, exact, cg, Solver } from '../../src';
import { converse } from '../../examples/bench/conversation';
import { contested, netOf } from '../../examples/bench/contest';
import { callOf, fitted, free, solveOf } from '../../examples/bench/fit/coefficients';
import { nonNegative } from '../../examples/bench/fit/leastSquares';
import { compared } from '../../examples/bench/fit/report';
import { type Solve } from '../../examples/bench/fit/solves';
import { tableOf } from '../../examples/bench/fit/table';
import { ratesText } from '../../examples/bench/fit/text';
import { History, historyPlots, record, rowOf, withRow } from '../../examples/bench/ratios';
import { readJson } from '../../examples/bench/json';
import { secondsRows } from '../../examples/bench/seconds';
import { bestOfTeams, type Finish, type Mark, race, type Racer, secondsTo } from '../../examples/bench/race';

const SEED = 1;

const root = join(__dirname, '..', '..');
const bench = join(root, 'examples', 'bench');

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'proxprop-bench-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** The one line of a failure. */
const lineOf = (found: E.Either<Parameters<typeof told>[0], unknown>): string =>
  E.isLeft(found) ? told(found.left) : 'no failure';

describe('the fit of the rates', () => {
  it('finds coefficients that are not negative, to rounding where they explain all', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 3, maxLength: 3 }),
        fc.integer({ min: 0, max: 1000 }),
        (prices, salt) => {
          const rows = Array.from({ length: 12 }, (_, i) => [
            1,
            1 + ((salt + 7 * i) % 13),
            1 + ((salt + 5 * i * i) % 17),
          ]);
          const y = rows.map((row) => row.reduce((total, x, i) => total + x * (prices[i] ?? 0), 0));
          if (y.some((time) => time === 0)) return;
          const found = nonNegative(rows, y);
          const back = rows.map((row) => row.reduce((total, x, i) => total + x * (found[i] ?? 0), 0));
          // 1e-8: normal equations of three columns in float64, whose condition numbers are below 1e6.
          back.forEach((time, i) => {
            expect(Math.abs(time / (y[i] ?? 1) - 1)).toBeLessThan(1e-8);
          });
          expect(found.every((c) => c >= 0)).toBe(true);
        },
      ),
      { seed: SEED, numRuns: 100 },
    );
  });
  it('takes nothing of a column that would have to be negative', () => {
    // y = 10 − x: the best without a negative slope is a constant.
    const found = nonNegative(
      [
        [1, 1],
        [1, 2],
        [1, 3],
      ],
      [9, 8, 7],
    );
    expect(found[1]).toBe(0);
    expect(found[0]).toBeGreaterThan(7);
    expect(found[0]).toBeLessThan(9);
  });

  /** A table whose every number is its own. */
  const known: Solver.Rates = {
    machine: 'a machine',
    date: '2026-11-28',
    gram: {
      product: { call: 10, gigaflops: 50 },
      patches: { call: 20, gigaflops: 40 },
      lags: { call: 30, gigaflops: 30 },
      dual: { call: 40, gigaflops: 60 },
    },
    wideGram: { product: { call: 50, gigaflops: 35 }, dual: { call: 60, gigaflops: 45 } },
    singleGram: { product: { call: 55, gigaflops: 37 }, dual: { call: 65, gigaflops: 47 } },
    factor: {
      float64: { call: 70, gigaflops: 12 },
      float32: { call: 75, gigaflops: 22 },
      inverse: { call: 80, gigaflops: 8 },
    },
    exact: {
      primal: {
        call: 90,
        solve: { gigaflops: 20, gigabytes: 5 },
        apply: { gigaflops: 25, gigabytes: 6 },
      },
      dual: { call: 100, solve: { gigaflops: 30, gigabytes: 7 }, apply: { gigaflops: 70, gigabytes: 8 } },
      inverse: {
        call: 110,
        solve: { gigaflops: 40, gigabytes: 9 },
        apply: { gigaflops: 45, gigabytes: 10 },
      },
    },
    single: {
      primal: { call: 95, solve: { gigaflops: 21, gigabytes: 4 }, apply: { gigaflops: 26, gigabytes: 3 } },
      dual: { call: 105, solve: { gigaflops: 31, gigabytes: 2 }, apply: { gigaflops: 71, gigabytes: 17 } },
    },
    cg: {
      primal: { call: 120, solve: { gigaflops: 55, gigabytes: 11 }, apply: { gigaflops: 65, gigabytes: 12 } },
      dual: { call: 130, solve: { gigaflops: 75, gigabytes: 13 }, apply: { gigaflops: 80, gigabytes: 14 } },
      matrixFree: {
        call: 140,
        solve: { gigaflops: 85, gigabytes: 15 },
        apply: { gigaflops: 90, gigabytes: 16 },
      },
    },
    small: { exact: { call: 15, gigaflops: 2 }, cg: { call: 25, gigaflops: 1 } },
  };

  /** Solves that take as long as the known table says, without any measuring. */
  const systems: readonly (readonly Solve[])[] = [
    ...[4, 16, 64, 300, 500, 2000].flatMap((rows) =>
      [5, 33, 257, 501, 1500].flatMap((columns) =>
        [3, 100, 700].map((units, k): readonly Solve[] => {
          const iterations = [1, 3, 10][k] ?? 1;
          const grams = [{ name: 'product', cost: (rows * columns * columns) / 2 } as const];
          const size = { rows, columns, units, grams };
          return [
            exact({ route: 'primal' }),
            exact({ route: 'dual' }),
            cg(iterations, { route: 'primal' }),
            cg(iterations, { route: 'dual' }),
            cg(iterations, { route: 'matrixFree' }),
          ]
            .map((solver) => ({ size, solver }) as const)
            .map(timed);
        }),
      ),
    ),
    ...[1000, 8000, 40_000].flatMap((rows) =>
      [76, 401].flatMap((columns) =>
        [8, 20, 64].map((units): readonly Solve[] =>
          (['patches', 'lags'] as const)
            .flatMap((gram) => [exact({ gram }), cg(3, { gram })])
            .map((solver) => {
              const product = (rows * columns * columns) / 2;
              const cost = solver.gram === 'lags' ? product / 7 : product;
              const grams = [{ name: solver.gram ?? 'patches', cost } as const];
              return timed({ size: { rows, columns, units, grams }, solver });
            }),
        ),
      ),
    ),
  ];

  function timed({ size, solver }: { readonly size: Solver.Size; readonly solver: Solver.Solver }): Solve {
    const route = Solver.chooseRoute(solver, size);
    const iterations = solver.kind === 'cg' ? solver.iterations : 0;
    const by = (table: Solver.Rates): number => Solver.solveTime(route, size, iterations, table);
    const gram = by({ ...free, gram: known.gram, wideGram: known.wideGram, singleGram: known.singleGram });
    const factor = by({ ...free, factor: known.factor });
    return { size, solver, route, gram, factor, rest: by(known) - gram - factor };
  }

  it('gives back a table by which all times were made', () => {
    const found = tableOf(systems.flat(), { machine: 'another', date: '2026-12-01' });
    expect(found.machine).toBe('another');
    const solves = systems.flat();
    for (const { route, size, solver } of solves) {
      const iterations = solver.kind === 'cg' ? solver.iterations : 0;
      const time = (table: Solver.Rates): number => Solver.solveTime(route, size, iterations, table);
      // 1e-6: least squares by normal equations of five columns in float64.
      expect(Math.abs(time(found) / time(known) - 1)).toBeLessThan(1e-6);
    }
  });
  it('fits the numbers that are asked for, and no others', () => {
    const points = systems
      .flat()
      .filter(({ route, solver }) => route === 'dual' && solver.kind === 'cg')
      .filter(({ route, size, solver }) =>
        solver.kind === 'cg' ? Solver.smallWorkOf(route, size, solver.iterations) === undefined : false,
      )
      .map(({ route, size, solver, rest }) => ({
        microseconds: rest,
        by: (table: Solver.Rates) =>
          Solver.solveTime(route, size, solver.kind === 'cg' ? solver.iterations : 0, table),
      }));
    const found = fitted(free, solveOf('cg', 'dual'), points);
    expect(found.cg.dual.call).toBeCloseTo(130, 3);
    expect(found.cg.dual.solve.gigaflops).toBeCloseTo(75, 3);
    expect({ ...found, cg: free.cg }).toEqual(free);
    expect(fitted(known, callOf('small', 'cg'), []).small.exact).toBe(known.small.exact);
  });
  it('tells where the choice changes, and how far each is from the fastest', () => {
    const all = compared(systems, known);
    expect(all.length).toBeGreaterThan(100);
    expect(all.every(({ chosen }) => chosen.toFastest < 1 + 1e-9)).toBe(true);
    expect(all.some(({ least }) => least.toFastest > 1)).toBe(true);
  });
  it('writes the sources of the library as they are', async () => {
    const file = join(root, 'src', 'solver', 'rates.ts');
    const text = await format(ratesText(Solver.rates), {
      ...(await resolveConfig(file)),
      parser: 'typescript',
    });
    expect(readFileSync(file, 'utf8')).toBe(text);
  });
});

describe('a race to a loss', () => {
  const at = (seconds: number, loss: number | null): Mark => ({ seconds, loss });
  it('takes the time between two marks along the logarithm of the loss', () => {
    expect(secondsTo(1, [at(0, 4), at(10, 0.25)])).toBeCloseTo(5, 12);
    expect(secondsTo(1, [at(0, 4), at(10, 1)])).toBe(10);
    expect(secondsTo(1, [at(0, 4), at(10, 1.01)])).toBeNull();
    expect(secondsTo(1, [at(0, 0.5)])).toBe(0);
    expect(secondsTo(1, [at(0, 4), at(10, null)])).toBeNull();
    expect(secondsTo(1, [])).toBeNull();
  });
  /** Halves or doubles its loss in each epoch of so many seconds. */
  const racer = (team: string, name: string, seconds: number, factor: number, log: string[]): Racer => {
    let mark = at(-seconds, 8 / factor);
    return {
      team,
      name,
      next: () => {
        mark = at(mark.seconds + seconds, (mark.loss ?? 0) * factor);
        log.push(`${name} ${mark.seconds}`);
        return Promise.resolve(E.right(mark));
      },
      end: () => {
        log.push(`${name} ends`);
        return Promise.resolve();
      },
    };
  };
  it('goes on by turns, and drops who is behind the best of the own team, or far behind the first of all', async () => {
    const log: string[] = [];
    const racers = [
      racer('a', 'fast', 10, 0.25, log),
      racer('a', 'slow', 8, 0.5, log),
      racer('b', 'worse', 7, 2, log),
    ];
    const found = await race(racers, 1, 9);
    expect(E.isRight(found) && found.right.map(({ name, seconds }) => [name, seconds])).toEqual([
      ['fast', 15],
      ['slow', null],
      ['worse', null],
    ]);
    // `slow` is dropped past 15 seconds; `worse`, which has no team that it is behind, past 2.5 times as many.
    expect(log.filter((line) => line.startsWith('slow'))).toEqual([
      'slow 0',
      'slow 8',
      'slow 16',
      'slow ends',
    ]);
    expect(log.filter((line) => line.startsWith('worse'))).toEqual([
      ...[0, 7, 14, 21, 28, 35, 42].map((seconds) => `worse ${seconds}`),
      'worse ends',
    ]);
    expect(log.slice(0, 3)).toEqual(['fast 0', 'slow 0', 'worse 0']);
    expect(E.isRight(found) && bestOfTeams(found.right).map(({ name }) => name)).toEqual(['fast', 'worse']);
  });
  it('has the lowest last loss for the best of a team of which nobody got there', () => {
    const finish = (name: string, seconds: number | null, loss: number | null): Finish => ({
      team: 'a',
      name,
      seconds,
      marks: [at(0, 3), at(9, loss)],
    });
    const best = (...all: readonly Finish[]) => bestOfTeams(all).map(({ name }) => name);
    expect(best(finish('x', null, 1.6), finish('y', null, 1.4), finish('z', null, null))).toEqual(['y']);
    expect(best(finish('z', null, null), finish('x', null, 1.6))).toEqual(['x']);
    expect(best(finish('x', null, 0.1), finish('y', 9, 0.9), finish('z', 8, 0.95))).toEqual(['z']);
  });
  it('has a row for each: above the seconds of those that did not get there, and no ratio without a first', () => {
    const finish = (team: string, seconds: number | null, loss: number): Finish => ({
      team,
      name: 'n',
      seconds,
      marks: [at(0, 3), at(8, loss)],
    });
    const [first, late] = [finish('a', 4, 0.5), finish('b', null, 1.5)];
    expect(secondsRows([first, late])).toEqual([
      ['a', 'n', '1', '0.50', '4.0', '1.00'],
      ['b', 'n', '1', '1.50', 'more than 8.0', 'more than 2.00'],
    ]);
    expect(secondsRows([late, first]).map((row) => row.at(-1))).toEqual(['', '']);
  });
  it('ends all where one fails', async () => {
    const log: string[] = [];
    const failing: Racer = {
      ...racer('c', 'failing', 1, 1, log),
      next: () => Promise.resolve(E.left({ _tag: 'file', path: 'x', expected: 'an answer', found: 'none' })),
    };
    const found = await race([racer('a', 'fast', 10, 0.25, log), failing], 1, 5);
    expect(lineOf(found)).toBe('file error at x: expected an answer, found none');
    expect(log).toEqual(['fast 0', 'fast ends', 'failing ends']);
  });
});

describe('a conversation with another process', () => {
  const Answer = t.type({ twice: t.number });
  const node = (script: string) => converse('the other', process.execPath, ['-e', script]);
  const answering = `require('readline').createInterface({ input: process.stdin }).on('line', (line) => {
    const { n } = JSON.parse(line);
    if (n === 0) console.log(JSON.stringify({ error: 'ValueError: nothing\\nto double' }));
    else if (n === 1) console.log('one');
    else if (n === 2) console.log(JSON.stringify({ twice: 'four' }));
    else if (n === 3) { console.error('first\\nlast words'); process.exit(1); }
    else if (n === 4) setTimeout(() => {}, 60_000);
    else console.log(JSON.stringify({ twice: 2 * n }));
  })`;
  const asked = async (...all: readonly number[]): Promise<readonly string[]> => {
    const other = node(answering);
    const lines: string[] = [];
    for (const n of all) {
      const found = await other.ask(Answer, { n }, n === 4 ? 0.2 : 30);
      lines.push(E.isRight(found) ? String(found.right.twice) : told(found.left));
    }
    other.end();
    return lines;
  };
  const line = (found: string): string =>
    `file error at the other: expected a process that answers, found ${found}`;
  it('goes on after an error that the other tells of, and after an answer of another kind', async () => {
    expect(await asked(5, 0, 2, 6)).toEqual([
      '10',
      line('to double'),
      line('twice: expected number, found "four"'),
      '12',
    ]);
  });
  it('is over when the other ends, says what is not JSON, or takes too long', async () => {
    expect(await asked(3, 5)).toEqual([line('last words'), line('last words')]);
    expect(await asked(1)).toEqual([line('a line that is not JSON: one')]);
    expect(await asked(4)).toEqual([line('no answer in 0.2 seconds')]);
  });
  it('says where there is no such program', async () => {
    const other = converse('the other', join(folder, 'none'), []);
    expect(lineOf(await other.ask(Answer, {}, 30))).toContain('ENOENT');
  });
});

describe('the networks of the contest', () => {
  it('fit together, and give ten classes', () => {
    for (const described of contested) expect(netOf(described).output).toEqual([10]);
    expect(new Set(contested.map(({ name }) => name)).size).toBe(contested.length);
  });
});

describe('the history of ratios', () => {
  const steps = (limit: number, toBackprop: number) => ({
    times: [
      { name: 'backprop', toBackprop: 1, toLimit: limit },
      { name: 'exact', toBackprop, toLimit: limit * toBackprop },
    ],
  });
  const figures = {
    version: '0.2.0',
    date: '2026-12-01',
    machine: 'a machine, 2 threads',
    smallNetworks: [{ name: '784-256-128-10', ...steps(1.5, 2) }],
    mlp: steps(1.07, 1.3),
    branching: [
      { network: 'ResNet', method: 'cg3', toBackprop: 2 },
      { network: 'ResNet', method: 'exact', toBackprop: 1.8 },
    ],
    pytorch: { networks: [{ network: '64-32-10', nesterov: 0.8, exact: 1.1 }] },
    threadsOf: [{ network: '64-32-10', backprop: { ratio: 1.2 } }],
  };
  const row = {
    version: '0.2.0',
    date: '2026-12-01',
    machine: 'a machine, 2 threads',
    ratios: {
      limit: { '784-256-128-10': 1.5, '3072-4000-1000-4000-10': 1.07 },
      exact: { '784-256-128-10': 2, '3072-4000-1000-4000-10': 1.3, ResNet: 1.8 },
      pytorch: { '64-32-10': 0.8 },
      exactToPytorch: { '64-32-10': 1.1 },
      threads: { '64-32-10': 1.2 },
    },
  };
  it('is what the file in the repository holds', async () => {
    const found = await readJson(join(bench, 'history.json'), History);
    expect(E.isRight(found) && found.right.length).toBeGreaterThan(0);
  });
  it('takes the ratios of a run, of the sections that there are', () => {
    expect(rowOf(figures)).toEqual(row);
    const { version, date, machine } = figures;
    expect(rowOf({ version, date, machine })).toEqual({ version, date, machine, ratios: {} });
  });
  it('has one row for each version on a machine', () => {
    const other = { ...row, version: '0.1.0' };
    const elsewhere = { ...row, machine: 'another' };
    const again = { ...row, date: '2026-12-02' };
    expect(withRow([other, row, elsewhere], again)).toEqual([other, elsewhere, again]);
  });
  it('has a plot of each kind of ratios, a line for each network over the rows', () => {
    const other = { ...row, version: '0.1.0', ratios: { limit: { '784-256-128-10': 2.9 } } };
    const plots = historyPlots([other, row]);
    expect(plots.map(([kind]) => kind)).toEqual(['limit', 'exact', 'pytorch', 'exactToPytorch', 'threads']);
    expect(plots[0]?.[1].points).toEqual([
      { name: '784-256-128-10', x: 1, y: 2.9 },
      { name: '784-256-128-10', x: 2, y: 1.5 },
      { name: '3072-4000-1000-4000-10', x: 2, y: 1.07 },
    ]);
    expect(plots[0]?.[1].x.title).toBe('row (1: 0.1.0, 2026-12-01; 2: 0.2.0, 2026-12-01)');
  });
  it('is written and drawn by one command', async () => {
    const [file, run] = [join(folder, 'history.json'), join(folder, 'run.json')];
    writeFileSync(file, '[]');
    writeFileSync(run, JSON.stringify(figures));
    expect(lineOf(await record(run, folder, file))).toBe('no failure');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual([row]);
    expect(readFileSync(join(folder, 'history-limit.svg'), 'utf8')).toContain('784-256-128-10');
    expect(readFileSync(join(folder, 'history-threads.png')).subarray(1, 4).toString()).toBe('PNG');
  });
  it('says which place of a file it does not understand, and keeps the history', async () => {
    const [file, run] = [join(folder, 'kept.json'), join(folder, 'broken.json')];
    writeFileSync(file, '[]');
    const line = async (text: string): Promise<string> => {
      writeFileSync(run, text);
      return lineOf(await record(run, folder, file)).replaceAll(folder, 'TMP');
    };
    expect(await line('{')).toBe('data error at TMP/broken.json: expected JSON, found another text');
    expect(await line('{"version": "1", "date": "today"}')).toContain('machine');
    expect(await line('{"version": "1", "date": "today", "machine": "m"}')).toBe(
      'data error at TMP/broken.json: expected a section with ratios, such as networks, found none',
    );
    expect(lineOf(await record(join(folder, 'none.json'), folder, file))).toContain('no such file');
    writeFileSync(file, '{}');
    expect(await line(JSON.stringify(figures))).toContain('kept.json');
    expect(readFileSync(file, 'utf8')).toBe('{}');
  });
});
