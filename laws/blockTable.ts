/** Laws 19 to 21 of every method × kind of block, in one table. */
import { admm, affineWithNonlinearity, blockCoordinateDescent, exact, mac, Report } from '../src';
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
