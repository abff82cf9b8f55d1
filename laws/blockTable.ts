/** Laws 19 to 21 of every method × kind of block, in one table. */
import {
  affineWithNonlinearity,
  andThen,
  blockCoordinateDescent,
  type Method,
  multiplier,
  orThrow,
  repeat,
  Report,
} from '../src';
import { decodeAt, type MethodEntry, withoutData } from '../src/registry';
import {
  blockDescent,
  type BlockKind,
  blockKinds,
  type BlockMethod,
  blockOptimality,
  hasKind,
  smallSteps,
} from './blocks';
import { check, type LawReport, type RunOptions } from './law';

/** A row of the table of methods and blocks: a name and the method. */
export interface MethodCase {
  /** The name, as reports show it. */
  readonly name: string;
  /** The method. */
  readonly method: BlockMethod;
}

/**
 * Block coordinate descent with a multiplier on every constraint x[l] = f_l, raised after each
 * sweep. It shows how to build a method that the library lacks from its steps alone.
 *
 * @param options as of `blockCoordinateDescent`
 * @param sweeps how often one step of the method sweeps. Default 1
 *
 * @example augmentedLagrangian({ coupling: 1, tauTheta: 1 }).name // 'augmented Lagrangian'
 */
export const augmentedLagrangian = (
  options: Parameters<typeof blockCoordinateDescent>[0],
  sweeps = 1,
): Method => {
  const method = blockCoordinateDescent(options);
  return {
    name: 'augmented Lagrangian',
    energy: { ...method.energy, multiplier: () => 'constraint' },
    schedule: (links) =>
      repeat(sweeps, andThen(method.schedule(links), ...links.slice(0, -1).map((l) => multiplier(l.number)))),
  };
};

/**
 * Lists the cases of a registered method at which its steps minimise the energy: laws 19 to 21
 * judge these.
 *
 * @param entry the method, as the registry holds it
 *
 * @example withoutData.methods.flatMap(casesOfMethod).map(({ name }) => name)
 */
export const casesOfMethod = (entry: MethodEntry): readonly MethodCase[] =>
  entry.cases.flatMap(({ name = entry.name, minimises = false, config }) =>
    minimises ? [{ name, method: (coupling, tauTheta) => methodOf(entry, config(coupling, tauTheta)) }] : [],
  );

/**
 * Builds a registered method from a configuration without its `type`. It throws a `Fault`
 * (`options`) for a value that the method refuses.
 *
 * @param entry the method, as the registry holds it
 * @param config the other keys of its configuration
 *
 * @example
 * const entries = withoutData.methods.filter(({ name }) => name === 'backprop');
 * entries.map((entry) => methodOf(entry, {}).name) // ['backprop']
 */
export const methodOf = (
  { name: type, codec, build }: MethodEntry,
  config: { readonly [key: string]: unknown },
): Method => build(orThrow(decodeAt(type, codec, { type, ...config })));

/**
 * The methods whose steps minimise, all solved exactly: the registered ones, and two that are built
 * from them.
 */
export const methodCases: readonly MethodCase[] = [
  ...withoutData.methods.flatMap(casesOfMethod),
  {
    name: 'block coordinate descent, composed links',
    method: (coupling, tauTheta) =>
      blockCoordinateDescent({ coupling, tauTheta, grouping: affineWithNonlinearity }),
  },
  {
    name: 'augmented Lagrangian',
    method: (coupling, tauTheta) => augmentedLagrangian({ coupling, tauTheta }),
  },
];

/** The reports of laws 19, 20 and 21 on the blocks of a kind. */
export interface BlockReports {
  /** The name of the method. */
  readonly name: string;
  /** The kind of the blocks. */
  readonly kind: BlockKind;
  /** A report for each law. */
  readonly reports: readonly LawReport[];
}

/**
 * Runs laws 19, 20 and 21 on every kind of block that a method minimises over. A law that fails is
 * part of the reports; a method that cannot be run throws a `Fault`.
 *
 * @param row the method and its name
 * @param options as of `check`
 *
 * @example const run = () => blockTable([checkBlocks({ name: 'mine', method: bcd }, { numRuns: 10 })]);
 */
export const checkBlocks = (
  { name, method }: MethodCase,
  options: RunOptions = {},
): readonly BlockReports[] =>
  blockKinds
    .filter((kind) => hasKind(method, kind))
    .map((kind) => ({
      name,
      kind,
      reports: [blockDescent, blockOptimality, smallSteps].map((law) =>
        check(law(name, method, kind), options),
      ),
    }));

/**
 * Formats a Markdown table of methods and kinds of blocks: the cases run of laws 19 + 20 + 21, or
 * `·` if a method has no such block.
 *
 * @param rows the reports of each method, from `checkBlocks`
 *
 * @example blockTable([[{ name: 'mine', kind: 'θ, affine link', reports: [] }]])
 */
export const blockTable = (rows: readonly (readonly BlockReports[])[]): string =>
  Report.table(
    ['method', ...blockKinds],
    rows.map((row) => [
      row[0]?.name ?? '',
      ...blockKinds.map((kind) => {
        const found = row.find((r) => r.kind === kind);
        return found === undefined ? '·' : found.reports.map(({ cases }) => cases).join(' + ');
      }),
    ]),
  );
