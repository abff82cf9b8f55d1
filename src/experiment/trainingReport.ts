/** The report of a training experiment: tables, plots, and what to make of them. */
import * as Report from '../report';
import { type CellContender, showChoice } from './cells';
import { type TrainingConfig } from './config';
import { type Facts } from './dataFacts';
import { epochsTo, findings, gridFindings, robustness, secondsTo } from './findings';
import { type Document, paragraph, type Picture } from './document';
import { curvePicture, curveTable, heatMapPicture, heatTable } from './gridReport';
import { digits, mean, type Row, stopOf, tookOf } from './results';

interface TrainingResults {
  readonly config: TrainingConfig;
  readonly data: Facts;
  /** The grids that were searched; empty without tuning. */
  readonly tuned: readonly Row[];
  /** The best of each. */
  readonly best: ReadonlyMap<number, Row>;
  /** What was trained to be shown. */
  readonly rows: readonly Row[];
}

/** `0.31 (0.29 … 0.33)` */
const spread = (values: readonly number[], show: (value: number) => string): string =>
  values.every(Number.isFinite)
    ? values.length < 2
      ? show(mean(values))
      : `${show(mean(values))} (${show(Report.extent(values).low)} … ${show(Report.extent(values).high)})`
    : 'diverged';

const optimizerOf = ({ trainer: { optimizer } }: CellContender): string =>
  optimizer === undefined
    ? 'none, all examples at once'
    : [
        optimizer.type,
        ...(optimizer['rate'] === undefined ? [] : [JSON.stringify(optimizer['rate']).replaceAll('"', '')]),
      ].join(' ');

const finals = ({ runs }: Row, of: 'trainLoss' | 'testLoss' | 'testAccuracy'): readonly number[] =>
  runs.map(({ lines, ending }) =>
    ending.outcome === 'diverged' ? Infinity : (lines.at(-1)?.[of] ?? Infinity),
  );

/**
 * The epoch at which the tuning of a method would stop. There is none if nothing was held out, or
 * there was no choice.
 */
const stopAt = ({ config: { tuning }, best }: TrainingResults, { method }: Row): number | undefined => {
  const [run] = tuning?.heldOut === undefined ? [] : (best.get(method)?.runs ?? []);
  return run === undefined ? undefined : stopOf(tuning, run)?.epoch;
};

/** A metric of each seed after an epoch, or after its last one where it has fewer. */
const valuesAt = ({ runs }: Row, epoch: number, of: 'testLoss' | 'testAccuracy'): readonly number[] =>
  runs.map(({ lines }) => (lines.find((line) => line.epoch === epoch) ?? lines.at(-1))?.[of] ?? Infinity);

const methodsTable = (results: TrainingResults, classes: boolean): Report.Part => {
  const {
    config: { target, tuning },
    rows,
  } = results;
  const stops = tuning?.heldOut !== undefined;
  const stopped = (row: Row): readonly string[] => {
    const epoch = stopAt(results, row);
    if (epoch === undefined) return ['', ''];
    return [
      String(epoch),
      classes
        ? spread(valuesAt(row, epoch, 'testAccuracy'), Report.percent)
        : spread(valuesAt(row, epoch, 'testLoss'), digits),
    ];
  };
  return {
    tag: 'table',
    header: [
      'method',
      'optimizer',
      'epochs',
      'seconds',
      'training loss',
      'test loss',
      ...(classes ? ['test accuracy'] : []),
      ...(stops ? ['stop at epoch', classes ? 'test accuracy there' : 'test loss there'] : []),
      ...(target === undefined ? [] : [`epochs to ${target}`, `seconds to ${target}`]),
    ],
    rows: rows.map((row) => [
      row.trainer.name,
      optimizerOf(row),
      String(Report.extent([0, ...row.runs.map(({ lines }) => lines.at(-1)?.epoch ?? 0)]).high),
      mean(row.runs.map(({ lines }) => lines.at(-1)?.seconds ?? 0)).toFixed(1),
      spread(finals(row, 'trainLoss'), digits),
      spread(finals(row, 'testLoss'), digits),
      ...(classes ? [spread(finals(row, 'testAccuracy'), Report.percent)] : []),
      ...(stops ? stopped(row) : []),
      ...(target === undefined ? [] : [digits(epochsTo(row, target)), digits(secondsTo(row, target))]),
    ]),
  };
};

const tuningTable = ({ config, tuned, best }: TrainingResults): Report.Part => {
  const halved = config.tuning?.halving !== undefined;
  const heldOut = config.tuning?.heldOut !== undefined;
  const held = (row: Row): readonly string[] => {
    const [run] = row.runs;
    const at = run === undefined ? undefined : stopOf(config.tuning, run);
    return [digits(at?.testLoss ?? Infinity), String(at?.epoch ?? '')];
  };
  return {
    tag: 'table',
    header: [
      'method',
      'setting',
      ...(halved ? ['epochs'] : []),
      'training loss',
      ...(heldOut ? ['best loss held out', 'at epoch'] : []),
      'chosen',
    ],
    rows: tuned.map((row) => [
      row.trainer.name,
      showChoice(row.choice),
      ...(halved ? [String(row.runs[0]?.lines.at(-1)?.epoch ?? 0)] : []),
      spread(finals(row, 'trainLoss'), digits),
      ...(heldOut ? held(row) : []),
      best.get(row.method) === row ? 'yes' : '',
    ]),
  };
};

const measure = (
  title: string,
  logScale: boolean,
  rows: readonly Row[],
  of: 'trainLoss' | 'testLoss' | 'testAccuracy',
): Report.SpreadMeasure => ({
  title,
  logScale,
  points: rows.flatMap(({ trainer: { name }, runs }) =>
    runs.flatMap(({ seed, lines }) =>
      lines.map((line) => ({
        name,
        run: seed,
        epoch: line.epoch,
        seconds: line.seconds,
        value: line[of] ?? Number.NaN,
      })),
    ),
  ),
});

const spreadPicture = (
  { config: { title, seeds, logScale = true }, rows }: TrainingResults,
  classes: boolean,
): Picture => ({
  name: 'curves',
  caption: `Means over the seeds ${seeds.join(', ')}, in bands from the least to the greatest.`,
  spec: Report.spreadSpec({
    title,
    names: rows.map(({ trainer }) => trainer.name),
    measures: [
      measure(logScale ? 'training loss (log scale)' : 'training loss', logScale, rows, 'trainLoss'),
      classes
        ? measure('test accuracy', false, rows, 'testAccuracy')
        : measure(logScale ? 'test loss (log scale)' : 'test loss', logScale, rows, 'testLoss'),
    ],
  }),
});

const robustnessParts = (rows: readonly Row[]): readonly Report.Part[] => [
  paragraph(
    'A cell is a step size with one seed. It counts as lowered when its training loss ends below its start, as halved when it ends at half of that or below, as near the best when it ends at most a tenth above the lowest that any cell of any method has with that seed, and as diverged when the loss was not finite. It rose when the loss after some epoch was above the one before.',
  ),
  {
    tag: 'table',
    header: [
      'method',
      'cells',
      'loss lowered',
      'loss rose',
      'loss halved',
      'near the best',
      'diverged',
      'lowest training loss',
    ],
    rows: robustness(rows).map((r) => [
      r.name,
      String(r.cells),
      String(r.lowered),
      String(r.rose),
      String(r.halved),
      String(r.near),
      String(r.diverged),
      r.lowest === null ? '' : digits(r.lowest),
    ]),
  },
];

const took = ({ tuned, rows }: TrainingResults): string => {
  const { trainings, epochs, seconds } = tookOf([...tuned, ...rows]);
  return `The trainings of all tables, ${trainings} with ${epochs} epochs in all, took ${seconds.toFixed(0)} s; evaluations come on top.`;
};

const setting = (results: TrainingResults): readonly Report.Part[] => {
  const { config, data } = results;
  return [
    paragraph(config.question),
    paragraph(
      `${data.name}: ${data.train} examples to train on and ${data.test} to test on, from ${data.origin}.${config.data.note === undefined ? '' : ` ${config.data.note}`}`,
    ),
    paragraph(
      `Batches of ${config.batchSize}, ${config.epochs} epochs where a method has no number of its own, seeds ${config.seeds.join(', ')}. Seconds count training alone; losses are means over all examples.`,
    ),
    paragraph(took(results)),
  ];
};

const tuningParts = (results: TrainingResults): readonly Report.Section[] => {
  const {
    config: { tuning },
    tuned,
  } = results;
  return tuning === undefined || tuned.length === 0
    ? []
    : [
        {
          heading: 'How the settings were chosen',
          parts: [
            paragraph(
              `Every method with a choice was trained for ${tuning.epochs} epochs with seed ${tuning.seed} at each of its settings; ${
                tuning.heldOut === undefined
                  ? 'the one with the lowest training loss was kept.'
                  : `${tuning.heldOut} training examples were held out, and the setting was kept whose ${tuning.by ?? 'loss'} on them was best after any epoch. That epoch is where early stopping ends the method: the table above has it, and what the method, trained anew on all training examples, has on the test examples there.`
              } All have the same number of settings and epochs to choose by, unless the table says otherwise.`,
            ),
            ...(tuning.halving === undefined
              ? []
              : [
                  paragraph(
                    `Not every setting was trained so long: after ${tuning.halving.from} epochs the best 1/${tuning.halving.factor} of each method went on, from the start, for ${tuning.halving.factor} times as many, and so on (successive halving). The table has the last epochs of each.`,
                  ),
                ]),
            tuningTable(results),
          ],
        },
      ];
};

/** The whole document. */
export const trainingReport = (results: TrainingResults): Document => {
  const { config, rows } = results;
  const classes = config.loss === 'softmaxCrossEntropy';
  const isGrid = config.heatMap !== undefined || config.curve !== undefined;
  const pictures = isGrid
    ? [...heatMapPicture(results), ...curvePicture(results)]
    : [spreadPicture(results, classes)];
  return {
    name: config.name,
    title: config.title,
    pictures,
    sections: [
      {
        heading: 'The answer',
        parts: (isGrid ? gridFindings(rows) : findings(config, rows, classes)).map(paragraph),
      },
      {
        heading: 'What came out',
        parts: isGrid
          ? [...robustnessParts(rows), ...heatTable(results), ...curveTable(results)]
          : [methodsTable(results, classes)],
      },
      { heading: 'What was asked', parts: setting(results) },
      ...tuningParts(results),
    ],
  };
};
