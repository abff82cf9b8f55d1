/** Laws 19 to 21 of every method × kind of block, in one table. */
import {
  admm,
  affineWithNonlinearity,
  andThen,
  blockCoordinateDescent,
  exact,
  mac,
  type Method,
  multiplier,
  repeat,
  Report,
} from '../src';
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

/** The methods of this library whose steps minimise, all solved exactly. A method of your own is a row more. */
export const methodCases: readonly MethodCase[] = [
  {
    name: 'mac',
    method: (coupling, tauTheta) => mac({ coupling, tauTheta, parameters: exact(), activations: exact() }),
  },
  {
    name: 'admm',
    method: (coupling, tauTheta) => admm({ coupling, activationCoupling: 10 * coupling, tauTheta }),
  },
  {
    name: 'block coordinate descent',
    method: (coupling, tauTheta) => blockCoordinateDescent({ coupling, tauTheta }),
  },
  {
    name: 'the same, composed links',
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
