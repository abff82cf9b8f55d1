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
  readonly name: string;
  readonly method: BlockMethod;
}

/**
 * Block coordinate descent with a multiplier on every constraint x[l] = f_l, raised after each sweep: a method that is not in
 * the library, of its words alone.
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

/** The blocks' cases of a registered method: those at which its steps minimise. */
export const casesOfMethod = (entry: MethodEntry): readonly MethodCase[] =>
  entry.cases.flatMap(({ name = entry.name, minimises = false, config }) =>
    minimises ? [{ name, method: (coupling, tauTheta) => methodOf(entry, config(coupling, tauTheta)) }] : [],
  );

/** The method of a configuration without its type. */
export const methodOf = (
  { name: type, codec, build }: MethodEntry,
  config: { readonly [key: string]: unknown },
): Method => build(orThrow(decodeAt(type, codec, { type, ...config })));

/** The methods whose steps minimise, all solved exactly: the registered ones, and two that are made of them. */
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

/** The reports of laws 19, 20, 21 on the blocks of a kind; none where the method has no such block. */
export interface BlockReports {
  readonly name: string;
  readonly kind: BlockKind;
  readonly reports: readonly LawReport[];
}

/** Runs the laws on all kinds of blocks that a method has. */
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

/** Methods × kinds of blocks: cases run of laws 19 + 20 + 21, `·` where a method has no such block. */
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
