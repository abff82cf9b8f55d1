/**
 * All laws of a layer, and a table of layers × laws: a new layer is one row. The layer itself
 * determines which laws apply: 15 for every layer; 5, 6, 8, 9 and 11 for layers with parameters; 10
 * and 12, whose statements need it, for layers that are affine in their parameters.
 */
import { cg, exact, Key, Report, scope, Tree } from '../src';
import { saysAffine } from '../src/internal';
import {
  implicitAgreement,
  implicitConjugateGradients,
  implicitDescent,
  implicitFirmness,
  implicitOptimality,
  implicitSmallTau,
  implicitStability,
  stepBy,
  withoutDesign,
} from './implicit';
import { declaredLaws } from './declared';
import { check, COULD_NOT_RUN, type Law, type LawReport, type RunOptions, showReport } from './law';
import { type LayerCase, layerLaws } from './layer';
import { numberOf } from './numbers';

/** A law of one layer, ready to run. */
export interface LawRun {
  /** Number of the law: the column of the table. */
  readonly number: number;
  /** The statement in short, as reports show it. */
  readonly name: string;
  /** Runs the law, and reports. */
  readonly run: (options?: RunOptions) => LawReport;
}

/**
 * Makes a law ready to run, whatever its cases are.
 *
 * @param law the law
 *
 * @example ready(keyDeterminism()).number // 17
 */
export const ready = <A>(law: Law<A>): LawRun => ({
  number: law.number,
  name: law.name,
  run: (options) => check(law, options),
});

const cgStep = (k: number) => stepBy(cg(k, { scalars: 'perLayer' }));

/** What is true of affine blocks alone. */
const affineLaws = (c: LayerCase): readonly LawRun[] => [
  ready(implicitConjugateGradients(c, cgStep)),
  ready(implicitFirmness(c, stepBy(exact()))),
];

const parameterLaws = (c: LayerCase, affine: boolean, hasDesign: boolean): readonly LawRun[] => [
  ready(implicitOptimality(c, stepBy(exact()), affine ? Infinity : 1e-2)),
  ready(implicitSmallTau(c, cgStep(3))),
  ready(implicitDescent(c, affine ? stepBy(exact()) : cgStep(3), affine)),
  ready(implicitStability(c, stepBy(exact()))),
  ready(implicitStability(c, cgStep(3))),
  ...(affine ? affineLaws(c) : []),
  ready(
    implicitAgreement(
      c,
      'the fast and the plain interpreter',
      cgStep(3),
      stepBy(cg(3, { scalars: 'perLayer' }), 'plain'),
      3,
    ),
  ),
  ...(hasDesign
    ? [
        ready(
          implicitAgreement(
            c,
            'the route of its choice and the dual in float64',
            stepBy(exact()),
            stepBy(exact({ route: 'dual', precision: 'float64' })),
          ),
        ),
        ready(
          implicitAgreement(
            withoutDesign(c),
            'a solve by its design and one by its forward function',
            stepBy(exact()),
            (setting, tauTheta) => stepBy(exact())({ ...setting, layer: c.make() }, tauTheta),
          ),
        ),
      ]
    : []),
];

/**
 * Lists all laws that apply to a layer: 15 for every one; 5, 6, 8, 9 and 11 for those with
 * parameters; 10 and 12 for those that are affine in their parameters. You need a running backend,
 * as it draws parameters; without one it throws a `Fault` (`backend`).
 *
 * @param c the layer
 *
 * @example [...new Set(lawsOf(mine).map(({ number }) => number))] // [15, 5, 6, 8, 9, 10, 12, 11]
 */
export const lawsOf = (c: LayerCase): readonly LawRun[] => {
  const layer = c.make();
  const hasParameters = scope(() => Tree.leaves(layer.init(Key.key(0))).length > 0);
  return [
    ...[...layerLaws(c), ...declaredLaws(c)].map(ready),
    ...(hasParameters ? parameterLaws(c, saysAffine(layer), layer.design !== undefined) : []),
  ];
};

/** The columns of the table. */
const COLUMNS = (
  [
    'layers',
    'optimality',
    'smallProximal',
    'descent',
    'stability',
    'conjugateGradients',
    'agreement',
    'firmness',
  ] as const
).map(numberOf);

/** The reports of all laws that apply to one layer. */
export interface LayerReport {
  /** The name of the layer. */
  readonly name: string;
  /** A report for each law. */
  readonly reports: readonly LawReport[];
}

/**
 * Runs all laws that apply to a layer. A law that fails is part of the reports; without a running
 * backend it throws a `Fault` (`backend`).
 *
 * @param c the layer: its name, and a function that makes it
 * @param options as of `check`
 *
 * @example checkLayer(mine, { numRuns: 1 }).reports.filter(({ violation }) => violation !== undefined) // []
 */
export const checkLayer = (c: LayerCase, options: RunOptions = {}): LayerReport => ({
  name: c.name,
  reports: lawsOf(c).map(({ run }) => run(options)),
});

const cell = (reports: readonly LawReport[], number: number): string => {
  const own = reports.filter(({ law }) => law.startsWith(`${number} `));
  if (own.length === 0) return '·';
  const broken = own.filter(({ violation }) => violation !== undefined).length;
  const cases = own.reduce((sum, report) => sum + report.cases, 0);
  if (own.some(({ violation }) => violation?.startsWith(COULD_NOT_RUN) === true)) return 'COULD NOT RUN';
  return broken > 0 ? `${broken} VIOLATED` : `${cases}`;
};

/**
 * Formats a table of layers and laws: the cases run, or `·` if a law does not apply; below it a
 * line for each violation.
 *
 * @param reports what `checkLayer` gave for each layer
 *
 * @example layerTable([{ name: 'mine', reports: [check(pure(mine), { numRuns: 2 })] }])
 */
export const layerTable = (reports: readonly LayerReport[]): string =>
  [
    Report.table(
      ['layer', ...COLUMNS.map((n) => `law ${n}`)],
      reports.map(({ name, reports: own }) => [name, ...COLUMNS.map((n) => cell(own, n))]),
    ),
    ...reports.flatMap(({ reports: own }) =>
      own.filter(({ violation }) => violation !== undefined).map(showReport),
    ),
  ].join('\n');
