/** The jobs of a stage of a run, each with all cells that are to have its result. */
import { type Cell } from '../experiment';
import { identityOfJob, type Job } from './job';

export interface Order {
  readonly id: string;
  readonly job: Job;
  readonly cells: readonly Cell[];
}

type Parameters = Job['parameters'];

/**
 * Cells by the identities of their jobs: of equal cells one is trained. Parameters are kept of what is shown, and of identities that a later
 * stage may ask for again.
 */
export const ordersOf = (
  cells: readonly Cell[],
  jobFor: (cell: Cell, parameters: Parameters) => Job,
  later: ReadonlySet<string>,
): readonly Order[] => {
  const orders = new Map<string, Order>();
  for (const cell of cells) {
    const id = identityOfJob(jobFor(cell, 'dropped'));
    const before = orders.get(id);
    const kept = cell.stage === 'final' || later.has(id) || before?.job.parameters === 'kept';
    orders.set(id, {
      id,
      job: jobFor(cell, kept ? 'kept' : 'dropped'),
      cells: [...(before?.cells ?? []), cell],
    });
  }
  return [...orders.values()];
};

/** How long a job takes, in epochs. */
export const epochsOf = ({ cells: [first] }: Order): number => first?.epochs ?? 0;

/** What a job is called. */
export const titleOf = ({ id, cells: [first] }: Order): string => first?.id ?? id;
