/** `proxprop laws MODULE`: every layer, method and optimizer that a module exports, under its laws. */
import { Command as Program } from 'commander';
import { pipe } from 'fp-ts/function';
import * as TE from 'fp-ts/TaskEither';
import { attemptTask, type Backend, error, fail, orThrow, Report } from '../../src';
import { absent, attemptAll } from '../../src/internal';
import {
  builtIn,
  entriesOf,
  type Entry,
  type ModuleExports,
  exportsOf,
  isLayer,
  isMethod,
  isOptimizer,
  withEntries,
} from '../../src/experiment';
import type { LawReport, UnderLaw } from '../../laws';
import { type Command, EXIT, stage } from '../exit';
import { importLaws, type Laws } from '../lawsModule';
import { flags, path as filePath } from '../parsers';
import { printJson, started } from '../show';

interface Options {
  readonly backend: Backend;
  readonly cases: number;
  readonly seed: number;
  readonly json?: true;
}

const isEntry = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && typeof Reflect.get(value, 'kind') === 'string';

/** An export as it is, without anything registered. */
const plain = (laws: Laws, name: string, value: unknown): readonly UnderLaw[] => {
  if (isLayer(value)) return [laws.layerUnderLaw(name, value)];
  if (isMethod(value)) return [laws.methodUnderLaw(name, value)];
  return isOptimizer(value) ? [laws.optimizerUnderLaw(name, value)] : [];
};

/** The entries of a module that has some. */
const registered = async (path: string, exported: ModuleExports): Promise<readonly Entry[]> =>
  Object.values(exported).flat().some(isEntry) ? orThrow(await entriesOf(path)()) : [];

const underLaw = async (laws: Laws, path: string): Promise<readonly UnderLaw[]> => {
  const exported = orThrow(await exportsOf(path)());
  const entries = await registered(path, exported);
  const registry = withEntries(path, builtIn, entries);
  const found = [
    ...entries.flatMap((entry) => {
      if (entry.kind === 'dataset') return [];
      const own = orThrow(attemptAll(`${path}: ${entry.name}`, () => laws.entryUnderLaw(entry, registry)));
      return own.length > 0
        ? own
        : fail('options', `${path}: ${entry.name}.cases`, 'a case for the laws', 'none');
    }),
    ...Object.entries(exported).flatMap(([name, value]) =>
      orThrow(attemptAll(`${path}: ${name}`, () => plain(laws, name, value))),
    ),
  ];
  if (found.length > 0) return found;
  const names = Object.keys(exported);
  return fail(
    'options',
    path,
    'an export that is a layer, a method or an optimizer, or registers one',
    names.length === 0 ? 'no exports' : names.slice(0, 8).join(', '),
  );
};

interface Judged extends Pick<UnderLaw, 'kind' | 'name'> {
  readonly reports: readonly LawReport[];
}

const judged = (all: readonly UnderLaw[], { cases, seed }: Options): readonly Judged[] =>
  all.map(({ kind, name, laws }) => ({
    kind,
    name,
    reports: laws.map(({ run }) => run({ numRuns: cases, seed })),
  }));

const broken = (reports: readonly LawReport[]): readonly LawReport[] =>
  reports.filter(({ violation }) => violation !== undefined);

/** Those stated for float64 run there, the others on the backend that was asked for. */
const judgedAll = async (all: readonly UnderLaw[], options: Options): Promise<readonly Judged[]> => {
  const here = judged(
    all.filter(({ exact }) => !exact),
    options,
  );
  const exact = all.filter((one) => one.exact);
  if (exact.length === 0) return here;
  orThrow(await started('float64')());
  return [...here, ...judged(exact, options)];
};

/** The laws. Left, `file`, where their package is missing. */
const loaded = attemptTask(() =>
  importLaws().catch((thrown: unknown) => absent('file', 'laws', ['fast-check'], thrown)),
);

const show = ({ showReport }: Laws, all: readonly Judged[]): void => {
  console.log(
    Report.table(
      ['', 'name', 'laws', 'cases', 'violated'],
      all.map(({ kind, name, reports }) => [
        kind,
        name,
        [...new Set(reports.map(({ law }) => law.split(' ')[0] ?? ''))].join(', '),
        String(reports.reduce((sum, { cases }) => sum + cases, 0)),
        broken(reports).length === 0 ? '' : String(broken(reports).length),
      ]),
    ),
  );
  for (const { name, reports } of all)
    for (const report of broken(reports)) console.log(`\n${name}: ${showReport(report)}`);
};

export const laws = (path: string, options: Options): Command =>
  pipe(
    loaded,
    TE.chainFirst(() => started(options.backend)),
    stage(EXIT.failed),
    TE.bindTo('library'),
    // A module that cannot be loaded, or has nothing to judge, is a wrong argument.
    TE.bind('found', ({ library }) => stage(EXIT.usage)(attemptTask(() => underLaw(library, path)))),
    TE.bind('all', ({ found }) => stage(EXIT.failed)(attemptTask(() => judgedAll(found, options)))),
    TE.chain(({ library, all }) => {
      if (options.json === true) printJson(all.map(({ kind, name, reports }) => ({ kind, name, reports })));
      else show(library, all);
      const violated = all.flatMap(({ reports }) => broken(reports));
      const [first] = violated;
      return first === undefined
        ? TE.right(undefined)
        : TE.left({
            code: first.violation?.startsWith(library.COULD_NOT_RUN) === true ? EXIT.failed : EXIT.laws,
            error: error('layer', path, 'every law to hold', `${violated.length} that do not`),
          });
    }),
  );

export const lawsProgram = (): Program =>
  new Program('laws')
    .summary('check every layer, method and optimizer that a module exports')
    .description(
      'Check the laws of every layer, method and optimizer that a module exports: as values, or registered by ' +
        'defineLayer, defineMethod and defineOptimizer with cases of their own.',
    )
    .argument(
      '<module>',
      'file of the module: .js, .mjs, .cjs; .ts where Node or a loader runs it',
      filePath('MODULE', 'a file'),
    )
    .addOption(flags.cases())
    .addOption(flags.seed())
    .addOption(flags.backend())
    .addOption(flags.json())
    .addOption(flags.trace())
    .addHelpText(
      'after',
      `
Laws of methods are checked in float64, all others on the backend. Ends with 4 where a law is violated. Needs the package
fast-check.

Examples:
  $ proxprop laws ./own-layer.mjs
  $ proxprop laws ./own-layer.mjs --cases 20 --seed 7`,
    );
