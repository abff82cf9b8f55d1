/**
 * What training steps cost, as ratios within one run:
 *
 *     npm run bench                      all of it, a quarter of an hour
 *     npm run bench -- --quick           fewer rounds and sizes
 *     npm run bench -- --json FILE       the figures as JSON too
 *     npm run bench -- --profile         where the time of each step went
 *
 * Leave the machine alone meanwhile. Ends in a table a section, scaling.svg and scaling.png. Peak memory is
 * what Linux tells of a process; elsewhere that section is left out.
 */
import { access, constants, lstat, open, stat, unlink } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import * as E from 'fp-ts/Either';
import { attempt, Disk, error, type ProxpropError, Report } from '../../src';
import { refusal } from '../../src/internal';
import { started } from '../../cli/show';
import { options, runExample } from '../support/cli';
import { holding } from '../support/holding';
import { childMemory, childSteps, jaxJs, stockTfjs } from './children';
import { profileTable } from '../support/show';
import { branchingSteps } from './branching';
import { gradients } from './gradients';
import { matmulRows } from './limit';
import { median, paired } from './measure';
import { bytesOf, measured, type Measured } from './memory';
import { MLP_SIZES } from './networks';
import { orientations, productRows, productSpeeds } from './products';
import {
  convNetSteps,
  denseNetworks,
  denseSteps,
  mlpSteps,
  type NetworkSteps,
  type Point,
  scaling,
} from './sections';

const BATCH = 500;
const MEGABYTE = 1e6;
const ms = (value: number): string => value.toFixed(0);
const times = (value: number): string => value.toFixed(2);

type Figures = { [name: string]: unknown };

const show = (title: string, header: readonly string[], rows: readonly (readonly string[])[]): void => {
  console.log(`\n${title}\n\n${Report.table(header, rows)}`);
};

const showSteps = (title: string, { times: steps, gigaflops, profiles }: NetworkSteps): void => {
  show(
    `${title}, beside a large product of ${gigaflops.toFixed(1)} GFLOP/s`,
    ['method', 'ms', '/ backprop', '/ limit of backprop'],
    steps.map(({ name, milliseconds, toBackprop, toLimit }) => [
      name,
      ms(milliseconds),
      times(toBackprop),
      times(toLimit),
    ]),
  );
  if (profiles !== undefined) console.log(`\nwhere it went, ms\n\n${profileTable(profiles)}`);
};

const showScaling = (points: readonly Point[]): void => {
  show(
    'exact ProxProp / backprop, and what the multiply-adds alone would make of it',
    ['network', 'batch', 'backprop, ms', 'exact / backprop', 'by the cost model'],
    points.map((p) => [p.network, String(p.batch), ms(p.backprop), times(p.ratio), times(p.predicted)]),
  );
};

const plotOf = (points: readonly Point[]) =>
  Report.curvesPlot({
    title: 'A step of exact ProxProp in steps of backprop',
    x: { title: 'batch', log: true },
    y: { title: 'exact / backprop', log: false },
    points: points.flatMap(({ network, batch, ratio, predicted }) => [
      { name: `${network}, measured`, x: batch, y: ratio },
      { name: `${network}, cost model`, x: batch, y: predicted },
    ]),
  });

/**
 * The other libraries, and other numbers of threads, each in its own process: in turn, so that those that are
 * compared meet the same machine.
 */
const rivals = async (
  turns: number,
): Promise<
  E.Either<ProxpropError, { readonly rows: readonly (readonly string[])[]; readonly figures: Figures }>
> => {
  const [one, two, jax, tfjs]: [number[], number[], number[], number[]] = [[], [], [], []];
  for (let turn = 0; turn < turns; turn++) {
    const single = await childSteps('steps', 1, 3);
    if (E.isLeft(single)) return single;
    const double = await childSteps('steps', 2, 3);
    if (E.isLeft(double)) return double;
    const other = await jaxJs(BATCH, 2, ...MLP_SIZES);
    if (E.isLeft(other)) return other;
    one.push(single.right.milliseconds);
    two.push(double.right.milliseconds);
    jax.push(other.right.milliseconds);
    if (turn > 0) continue;
    // Stock tfjs takes half a minute for all of the batch: its time grows along a line with the batch.
    const few = await stockTfjs(20, 2, ...MLP_SIZES);
    if (E.isLeft(few)) return few;
    const more = await stockTfjs(60, 2, ...MLP_SIZES);
    if (E.isLeft(more)) return more;
    const slope = (more.right.milliseconds - few.right.milliseconds) / 40;
    tfjs.push(more.right.milliseconds + slope * (BATCH - 60));
  }
  const named = [
    ['this, 2 threads', 'twoThreads', two],
    ['this, 1 thread', 'oneThread', one],
    ['jax-js 0.1 on WebAssembly, jit', 'jaxJs', jax],
    ['tfjs 4.22 on WebAssembly as it comes, from batches of 20 and 60', 'stockTfjs', tfjs],
  ] as const;
  return E.right({
    rows: named.map(([name, , found]) => [name, ms(median(found)), times(paired(found, two))]),
    figures: Object.fromEntries(
      named.map(([, key, found]) => [key, { milliseconds: median(found), toTwoThreads: paired(found, two) }]),
    ),
  });
};

const memoryTable = async (
  name: string,
  network: Measured,
): Promise<
  E.Either<ProxpropError, { readonly rows: readonly (readonly string[])[]; readonly figures: Figures }>
> => {
  const need = bytesOf(network);
  const rows: (readonly string[])[] = [];
  const figures: Figures = { parametersStateAndActivations: need };
  for (const method of ['backprop', 'exact']) {
    const found = await childMemory('memory', method, name);
    if (E.isLeft(found)) return found;
    const { allocated, resident } = found.right;
    figures[method] = found.right;
    rows.push([
      method,
      ms(allocated / MEGABYTE),
      times(allocated / need),
      ms(resident / MEGABYTE),
      times(resident / need),
    ]);
  }
  return E.right({ rows, figures });
};

/** Whether a file can be written there, as far as that shows before what it is to hold has been measured. */
const checkPlace = async (file: string): Promise<E.Either<ProxpropError, void>> => {
  const refused = (found: string) => E.left(error('file', file, 'a place that can be written', found));
  // No files: the folder alone.
  const made = await Disk.writeFiles(dirname(file), {})();
  if (E.isLeft(made)) return refused(made.left.found);
  try {
    await access(dirname(file), constants.W_OK);
    if ((await lstat(file).catch(() => undefined)) === undefined) {
      // Not every folder that says so takes files, as /proc shows.
      await (await open(file, 'wx')).close();
      await unlink(file);
    }
    const there = await stat(file).catch(() => undefined);
    return there?.isDirectory() === true ? refused('a folder') : E.right(undefined);
  } catch (thrown) {
    return refused(refusal(thrown));
  }
};

const showMemory = async (): Promise<E.Either<ProxpropError, Figures | undefined>> => {
  if (process.platform !== 'linux') {
    console.log('\npeak memory: left out, as it is read from /proc, which only Linux has');
    return E.right(undefined);
  }
  const figures: Figures = {};
  for (const [name, network] of Object.entries<Measured>(measured)) {
    const memory = await memoryTable(name, network);
    if (E.isLeft(memory)) return memory;
    figures[name] = memory.right.figures;
    show(
      `peak memory of training the ${network.title}, batch ${network.batch}, beside ${ms(bytesOf(network) / MEGABYTE)} MB of parameters, optimizer state, and activations of a batch`,
      ['method', 'allocated, MB', 'ratio', 'resident, MB', 'ratio of resident'],
      memory.right.rows,
    );
  }
  return E.right(figures);
};

runExample(
  {
    name: 'bench',
    description: 'What training steps cost, as ratios within one run.',
    options: {
      backend: options.backend(),
      threads: options.threads(),
      quick: options.flag('fewer rounds and sizes'),
      profile: options.flag('where the time of each step went'),
      json: options.file('file for the figures as JSON'),
      out: options.out('bench'),
    },
  },
  ({ backend, threads, quick, profile, json, out }) =>
    holding(out, async () => {
      for (const file of [join(out, 'scaling.svg'), ...(json === '' ? [] : [json])]) {
        const place = await checkPlace(file);
        if (E.isLeft(place)) return place;
      }
      const running = await started(backend, threads)();
      if (E.isLeft(running)) return running;
      const rounds = quick ? 3 : 7;
      console.log(`${backend}, ${running.right.threads} threads, medians of ${rounds} interleaved rounds`);
      const inProcess = attempt(() => {
        show('large products', ['product', 'GFLOP/s'], matmulRows(rounds));
        const products = productSpeeds(rounds, quick);
        const { rows, summary } = productRows(products);
        show(
          'products of layers, batch × inputs → outputs: GFLOP/s (of the limit)',
          ['layer', ...orientations],
          rows,
        );
        console.log(`\n${summary}`);
        const small = denseNetworks.map(([name, sizes]) => {
          const found = denseSteps(sizes, rounds, profile);
          showSteps(`MLP ${name}, batch 500`, found);
          return { name, ...found };
        });
        const dense = mlpSteps(rounds, profile);
        showSteps('MLP 3072-4000-1000-4000-10, batch 500', dense);
        const conv = convNetSteps(rounds, profile);
        showSteps('ConvNet 16-20-20-10, batch 500', conv);
        show(
          'convolutions: gradients / forward',
          ['convolution', 'forward, ms', 'by input', 'by filter'],
          gradients(rounds),
        );
        const branching = branchingSteps(rounds);
        show(
          'networks that branch, batch 100',
          ['network', 'method', 'ms', '/ backprop', 'by the cost model'],
          branching.map(({ network, method, milliseconds, toBackprop, predicted }) => [
            network,
            method,
            ms(milliseconds),
            times(toBackprop),
            predicted === undefined ? '' : times(predicted),
          ]),
        );
        const points = scaling(quick);
        showScaling(points);
        return { products, small, dense, conv, branching, points };
      });
      if (E.isLeft(inProcess)) return inProcess;
      const { products, small, dense, conv, branching, points } = inProcess.right;
      const others = await rivals(quick ? 1 : 3);
      if (E.isLeft(others)) return others;
      show('the same backprop step elsewhere', ['', 'ms', '/ this, 2 threads'], others.right.rows);
      const memory = await showMemory();
      if (E.isLeft(memory)) return memory;
      const plot = await plotOf(points)();
      if (E.isLeft(plot)) return plot;
      const written = await Report.writeFiles(out, {
        'scaling.svg': plot.right.svg,
        'scaling.png': plot.right.png,
      })();
      if (E.isLeft(written) || json === '') return written;
      const figures = {
        backend,
        threads: running.right.threads,
        rounds,
        products,
        smallNetworks: small.map(({ name, gigaflops, times: of }) => ({ name, gigaflops, times: of })),
        mlp: { gigaflops: dense.gigaflops, times: dense.times },
        convNet: { gigaflops: conv.gigaflops, times: conv.times },
        branching,
        scaling: points,
        elsewhere: others.right.figures,
        memory: memory.right,
      };
      return Report.writeFiles(dirname(json), {
        [basename(json)]: `${JSON.stringify(figures, null, 2)}\n`,
      })();
    }),
);
