/** `proxprop demo`: backprop beside ProxProp on data that is computed, to a table and a picture. */
import { join } from 'node:path';
import { Command as Program } from 'commander';
import { pipe } from 'fp-ts/function';
import * as TE from 'fp-ts/TaskEither';
import { attempt, attemptTask, type Backend, Disk, orThrow, Report } from '../../src';
import {
  buildNetwork,
  builtBy,
  builtIn,
  compete,
  contestOn,
  type ContestRun,
  type Experiment,
  trainingPlanOf,
  spirals,
  type TrainingConfig,
} from '../../src/experiment';
import { type Command, EXIT, stage } from '../exit';
import { flags } from '../parsers';
import { printJson, started } from '../show';

/** The experiment, as a configuration: `demo.json`, to change and to run. */
const demoConfig: TrainingConfig = {
  kind: 'training',
  name: 'demo',
  title: 'Three arms of a spiral, by backprop and by ProxProp',
  question: 'What does an exact proximal step on each layer make of a batch, beside a gradient step?',
  data: { name: 'spirals', train: 600, test: 300 },
  network: [
    { layer: 'linear', units: 32 },
    { layer: 'tanh' },
    { layer: 'residual', layers: [{ layer: 'linear', units: 32 }, { layer: 'tanh' }] },
    { layer: 'linear', units: 3 },
  ],
  loss: 'softmaxCrossEntropy',
  batchSize: 100,
  epochs: 20,
  seeds: [1],
  target: 0.2,
  methods: [
    {
      name: 'backprop, Nesterov',
      schedule: { type: 'backprop' },
      optimizer: { type: 'nesterov', rate: 0.2, momentum: 0.9 },
    },
    {
      name: 'backprop, Adam',
      schedule: { type: 'backprop' },
      optimizer: { type: 'adam', rate: 0.01 },
    },
    {
      name: 'ProxProp exact, Nesterov',
      schedule: { type: 'proxprop', tauTheta: 0.05, solver: 'exact' },
      optimizer: { type: 'nesterov', rate: 4, momentum: 0.9 },
    },
  ],
};

interface Options {
  readonly backend: Backend;
  readonly seed: number;
  readonly out?: string;
  readonly json?: true;
}

const rowOf = ({ name, epochs, diverged }: ContestRun): readonly string[] => {
  const last = epochs.at(-1);
  return [
    name,
    String(last?.epoch ?? 0),
    (last?.seconds ?? 0).toFixed(1),
    diverged === undefined ? (last?.trainLoss ?? Number.NaN).toFixed(3) : 'diverged',
    Report.percent(last?.testAccuracy),
  ];
};

const HEADER = ['method', 'epochs', 'seconds', 'training loss', 'test accuracy'] as const;

/** Train every method of the configuration, each from the same start. */
const contest = async (seed: number): Promise<readonly ContestRun[]> => {
  const experiment: Experiment<TrainingConfig> = { path: 'demo.json', config: demoConfig, registry: builtIn };
  const { data, network, epochs, batchSize } = demoConfig;
  const points = spirals({ train: data.train ?? 0, test: data.test ?? 0 });
  const plan = orThrow(trainingPlanOf(experiment));
  const net = orThrow(attempt(() => buildNetwork(builtIn, 'network', network, points.shape)));
  const settings = contestOn(net, points, { epochs, batch: batchSize, seed });
  const runs: ContestRun[] = [];
  for (const { trainer } of plan.contenders.flat())
    runs.push(orThrow(await compete(settings, { name: trainer.name, ...builtBy(builtIn, trainer) })()));
  return runs;
};

const pictureOf = (runs: readonly ContestRun[]) =>
  Report.lossPlot({
    title: demoConfig.title,
    lossTitle: 'training loss',
    logScale: true,
    series: runs.map(({ name, epochs }) => ({
      name,
      points: epochs.map(({ epoch, seconds, trainLoss }) => ({ epoch, seconds, loss: trainLoss })),
    })),
  });

/** Where the parts of the result lie. */
const FILES = ['demo.json', 'loss.svg', 'loss.png'] as const;

export const demo = ({ backend, seed, out = join('runs', 'demo'), json }: Options): Command =>
  pipe(
    attemptTask(async () => {
      const release = orThrow(await Disk.hold(out)());
      try {
        orThrow(Report.checkPlotPackages(out));
        // Layers so small that threads would wait for each other.
        orThrow(await started(backend, 1)());
        const config = `${JSON.stringify({ ...demoConfig, seeds: [seed] }, null, 2)}\n`;
        orThrow(await Report.writeFiles(out, { 'demo.json': config })());
        const runs = await contest(seed);
        if (json !== true) console.log(`\n${Report.table(HEADER, runs.map(rowOf))}\n`);
        const { svg, png } = orThrow(await pictureOf(runs)());
        orThrow(await Report.writeFiles(out, { 'loss.svg': svg, 'loss.png': png })());
        return runs;
      } finally {
        release();
      }
    }),
    stage(EXIT.failed),
    TE.map((runs) => {
      if (json === true) printJson({ out, files: FILES, header: HEADER, rows: runs.map(rowOf) });
      else
        console.log(
          `wrote ${FILES.join(', ')} to ${out}; change demo.json, and: proxprop run ${join(out, 'demo.json')}`,
        );
    }),
  );

export const demoProgram = (): Program =>
  new Program('demo')
    .summary('backprop beside ProxProp in seconds, without any data')
    .description(
      'Train a small network on three arms of a spiral, by backprop and by ProxProp: a table, a picture of the ' +
        'training losses, and the configuration of it all as demo.json, to begin with.',
    )
    .addOption(flags.out('folder for the picture and the configuration (default: runs/demo)'))
    .addOption(flags.seed())
    .addOption(flags.backend())
    .addOption(flags.json())
    .addOption(flags.trace())
    .addHelpText(
      'after',
      `
Needs the packages vega, vega-lite, @resvg/resvg-wasm and dejavu-fonts-ttf.

Examples:
  $ proxprop demo
  $ proxprop run runs/demo/demo.json`,
    );
