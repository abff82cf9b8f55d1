/** The sections of the bench, by the names that `--sections` takes. */
import * as E from 'fp-ts/Either';
import { attempt, cifar10, error, examplesOf, firstExamples, type ProxpropError, Report } from '../../src';
import { branchingSteps } from './branching';
import { type Contested, LARGE } from './contest';
import { elsewhere } from './elsewhere';
import { gradients } from './gradients';
import { matmulRows } from './limit';
import { showMemory } from './memoryTables';
import { orientations, productRows, productSpeeds } from './products';
import { bestOfTeams } from './race';
import { type Course, secondsHeader, secondsRows, secondsToLoss, TARGET } from './seconds';
import {
  convNetSteps,
  denseNetworks,
  denseSteps,
  mlpSteps,
  type NetworkSteps,
  scaling,
  transformerSteps,
} from './sections';
import { type Effort } from './measure';
import { ms, scalingPlot, show, showScaling, showSteps, times } from './tables';
import { threaded, threadedHeader, threadedRows } from './threads';
import { NO_TORCH, startTorch, type Torch } from './torch';
import { versusHeader, versusRows, versusTorch } from './versus';

export interface Setting extends Effort {
  readonly threads: number;
  readonly quick: boolean;
  readonly profile: boolean;
  /** The folder for pictures. */
  readonly out: string;
  /** The folder of CIFAR-10; empty where none is named. */
  readonly data: string;
}

/** What goes into the JSON, under its own name. */
export type Figures = { readonly [name: string]: unknown };

type Part = (setting: Setting) => Promise<E.Either<ProxpropError, Figures>>;

/** A section that measures in this process. */
const here =
  (measure: (setting: Setting) => Figures): Part =>
  (setting) =>
    Promise.resolve(attempt(() => measure(setting)));

const figuresOf = ({ gigaflops, times: of }: NetworkSteps): Figures => ({ gigaflops, times: of });

/** Run what needs PyTorch; without it one line says so, and `otherwise` is done. */
const withTorch = async (
  what: string,
  { threads }: Setting,
  run: (torch: Torch) => Promise<E.Either<ProxpropError, Figures>>,
  otherwise: () => Promise<E.Either<ProxpropError, Figures>> = () => Promise.resolve(E.right({})),
): Promise<E.Either<ProxpropError, Figures>> => {
  const torch = await startTorch(threads);
  if (E.isLeft(torch)) return torch;
  if (torch.right === undefined) {
    console.log(`\n${what}: ${NO_TORCH}`);
    return otherwise();
  }
  try {
    return await run(torch.right);
  } finally {
    torch.right.end();
  }
};

const QUICK_COURSE: Contested = {
  name: '3072-32-32-10',
  batch: 100,
  input: [3072],
  layers: [['linear', 3072, 32], ['relu'], ['linear', 32, 32], ['relu'], ['linear', 32, 10]],
};

/** 10,000 images for the large network; to try it out, 500 for a small one. */
const courseOf = async ({ data, quick }: Setting): Promise<E.Either<ProxpropError, Course>> => {
  if (data === '')
    return E.left(
      error(
        'options',
        '--data',
        'the folder of CIFAR-10 for the section seconds',
        'neither it nor PROXPROP_DATA',
      ),
    );
  const read = await cifar10(data, 'flat')();
  if (E.isLeft(read)) return read;
  const taken = firstExamples(read.right, { train: quick ? 500 : 10_000, test: 1 });
  return E.isLeft(taken)
    ? taken
    : E.right({
        network: quick ? QUICK_COURSE : LARGE,
        examples: examplesOf(taken.right, taken.right.train),
      });
};

/** In the order in which they run. */
export const parts = {
  products: here(({ rounds, quick }) => {
    show('large products', ['product', 'GFLOP/s'], matmulRows(rounds));
    const products = productSpeeds(rounds, quick);
    const { rows, summary } = productRows(products);
    show(
      'products of layers, batch × inputs → outputs: GFLOP/s (of the limit)',
      ['layer', ...orientations],
      rows,
    );
    console.log(`\n${summary}`);
    return { products };
  }),
  networks: here(({ rounds, warm, profile, quick }) => {
    const effort = { rounds, warm, profiled: profile };
    const smallNetworks = (quick ? denseNetworks.slice(0, 1) : denseNetworks).map(([name, sizes]) => {
      const found = denseSteps(sizes, effort);
      showSteps(`MLP ${name}, batch 500`, found);
      return { name, ...figuresOf(found) };
    });
    const large = quick ? undefined : mlpSteps(effort);
    if (large !== undefined) showSteps('MLP 3072-4000-1000-4000-10, batch 500', large);
    const conv = convNetSteps(effort);
    showSteps('ConvNet 16-20-20-10, batch 500', conv);
    const transformer = quick ? undefined : transformerSteps(effort);
    if (transformer !== undefined) showSteps('transformer encoder, batch 100', transformer);
    return {
      smallNetworks,
      ...(large === undefined ? {} : { mlp: figuresOf(large) }),
      convNet: figuresOf(conv),
      ...(transformer === undefined ? {} : { transformer: figuresOf(transformer) }),
    };
  }),
  convolutions: here(({ rounds }) => {
    show(
      'convolutions: gradients / forward',
      ['convolution', 'forward, ms', 'by input', 'by filter'],
      gradients(rounds),
    );
    return {};
  }),
  branching: here((setting) => {
    const branching = branchingSteps(setting);
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
    return { branching };
  }),
  scaling: async ({ quick, out }) => {
    const points = attempt(() => scaling(quick));
    if (E.isLeft(points)) return points;
    showScaling(points.right);
    const plot = await scalingPlot(points.right)();
    if (E.isLeft(plot)) return plot;
    const { svg, png } = plot.right;
    const written = await Report.writeFiles(out, { 'scaling.svg': svg, 'scaling.png': png })();
    return E.isLeft(written) ? written : E.right({ scaling: points.right });
  },
  threads: async (setting) => {
    const found = await threaded(setting, setting.quick);
    if (E.isLeft(found)) return found;
    show('one thread and two', threadedHeader, threadedRows(found.right));
    return E.right({ threadsOf: found.right });
  },
  pytorch: (setting) =>
    withTorch('PyTorch', setting, async (torch) => {
      const found = await versusTorch(torch, setting, setting.quick);
      if (E.isLeft(found)) return found;
      const { version, gigaflops } = found.right;
      const speeds = `${gigaflops.torch.toFixed(0)} GFLOP/s of a large product, ${gigaflops.ours.toFixed(0)} here`;
      show(`steps beside PyTorch ${version}, ${speeds}`, versusHeader, versusRows(found.right));
      return E.right({ pytorch: found.right });
    }),
  elsewhere: async ({ quick }) => {
    const found = await elsewhere(quick ? 1 : 3);
    if (E.isLeft(found)) return found;
    show('the same backprop step elsewhere', ['library', 'ms', '/ this, 2 threads'], found.right.rows);
    return E.right({ elsewhere: found.right.figures });
  },
  memory: async ({ quick }) => {
    const found = await showMemory(quick ? ['transformer'] : ['mlp', 'transformer']);
    return E.isLeft(found) ? found : E.right({ memory: found.right });
  },
  seconds: async (setting) => {
    const course = await courseOf(setting);
    if (E.isLeft(course)) return course;
    const run = async (torch: Torch | undefined): Promise<E.Either<ProxpropError, Figures>> => {
      const found = await secondsToLoss(course.right, torch, (line) => {
        console.error(line);
      });
      if (E.isLeft(found)) return found;
      const { network, examples } = course.right;
      const what = `${network.name} on ${examples.count} images, batch ${network.batch}`;
      show(`seconds to training loss ${TARGET}, ${what}`, secondsHeader, secondsRows(found.right));
      show('the best of each', secondsHeader, secondsRows(bestOfTeams(found.right)));
      return E.right({ seconds: found.right });
    };
    return withTorch('PyTorch', setting, run, () => run(undefined));
  },
} satisfies { readonly [name: string]: Part };

export type PartName = keyof typeof parts;

// The keys of a value that is written out above.
export const partNames = Object.keys(parts) as readonly PartName[];

/** All but the one that needs data. */
export const usualParts = partNames.filter((name) => name !== 'seconds');
