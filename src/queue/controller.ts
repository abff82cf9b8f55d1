/**
 * The controller of a grid: it adds the cells of a run as jobs, and lays what comes of them into the folder of the run. All that it knows
 * can be found again from the queue and the folder: it may end at any moment, and another one goes on.
 */
import { allEnded, error, fail, Fault, type ProxpropError } from '../core';
import { folderOfCell } from '../experiment';
import { type Board, boardOn, type Screen, type Standing } from './board';
import { type Lane } from './lane';
import { epochsOf, type Order, titleOf } from './orders';
import { CHECKPOINT, fetchResult, hasResult, layResult } from './result';
import { type Store } from './store';

/** What a controller works with. */
export interface Desk {
  readonly lane: Lane;
  readonly store: Store;
  /** How often the queue was drained, by anyone. */
  readonly drains: () => Promise<number>;
  /** The folder of the run. */
  readonly out: string;
  readonly screen: Screen;
  /** How often a cell is tried that ends in a failure. */
  readonly attempts: number;
  /** Milliseconds between looks at the whole queue, beside the events that it sends. Default: ten seconds. */
  readonly look?: number | undefined;
  /** Once it is aborted nothing more is laid down. */
  readonly signal: AbortSignal;
}

const LOOK = 10_000;
/** Milliseconds between two pictures of the state. */
const SHOW = 1000;
/** Results that are laid down at the same time. */
const HANDS = 4;
/** How often a cell is trained again whose job has ended and whose result is not in the store. */
const MOST_LOST = 3;

/** What is known of orders on their way. */
interface Ledger {
  readonly pending: Map<string, Order>;
  /** Epochs of those that run. */
  readonly reached: Map<string, number>;
  readonly ended: Standing[];
  readonly failures: ProxpropError[];
  /** Epochs of those that have ended. */
  done: number;
}

const strike = (ledger: Ledger, order: Order): void => {
  if (!ledger.pending.delete(order.id)) return;
  ledger.reached.delete(order.id);
  ledger.done += epochsOf(order);
};

/** Lay the result of a job into the folders of its cells; whether it has come whole. */
const laid = async ({ store, out }: Desk, { id, job, cells }: Order, kept: boolean): Promise<boolean> => {
  const parameters = kept && job.parameters === 'kept' ? 'kept' : 'dropped';
  const files = await fetchResult(store, id, parameters);
  if (files === undefined) return false;
  const without = new Map([...files].filter(([name]) => name !== CHECKPOINT));
  for (const cell of cells)
    await layResult(folderOfCell(out, cell), cell.stage === 'final' ? files : without);
  return true;
};

/** A nap that can be ended early. */
const napOf = (milliseconds: number): { readonly over: Promise<void>; readonly wake: () => void } => {
  let wake = (): void => undefined;
  const over = new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    wake = () => {
      clearTimeout(timer);
      resolve();
    };
  });
  return { over, wake };
};

/** Of jobs that have ended before, those that are of no use: they failed, or lack what is wanted now. */
const stale = async ({ lane, store }: Desk, orders: readonly Order[]): Promise<readonly Order[]> => {
  const [failed, completed] = [await lane.failed(), await lane.completed()];
  const found: Order[] = [];
  for (const order of orders) {
    if (failed.has(order.id)) found.push(order);
    if (!completed.has(order.id)) continue;
    const verdict = await lane.verdict(order.id);
    // A cell that diverged has no parameters, whoever wants them.
    const diverged = verdict.tag === 'completed' && verdict.returned.outcome === 'diverged';
    if (!(await hasResult(store, order.id, diverged ? 'dropped' : order.job.parameters))) found.push(order);
  }
  return found;
};

/**
 * Add orders, and follow them until each has its result or has failed. Throws a `Fault`: where some have failed, the first, once all others have
 * ended; where the queue is drained; where the folder of the run or the store cannot be written or read.
 */
export const fulfil = async (desk: Desk, orders: readonly Order[]): Promise<void> => {
  const { lane, store, screen, signal, attempts, look = LOOK } = desk;
  const ledger: Ledger = {
    pending: new Map(orders.map((order) => [order.id, order])),
    reached: new Map(),
    ended: [],
    failures: [],
    done: 0,
  };
  const { pending, reached, ended, failures } = ledger;
  const lost = new Map<string, number>();
  const drains = await desk.drains();
  let arrived = new Set<string>();
  let nap = napOf(0);

  const settle = async (id: string): Promise<void> => {
    const order = pending.get(id);
    if (order === undefined) return;
    const verdict = await lane.verdict(id);
    if (verdict.tag === 'running' || signal.aborted) return;
    if (verdict.tag === 'failed') {
      failures.push(error('file', titleOf(order), 'a cell that can be trained', verdict.why));
      strike(ledger, order);
      return;
    }
    const done = verdict.tag === 'completed' ? verdict.returned : undefined;
    if (done !== undefined && (await laid(desk, order, done.outcome === 'done'))) {
      ended.push(...order.cells.map((cell) => ({ name: cell.id, loss: done.loss })));
      strike(ledger, order);
      return;
    }
    const times = (lost.get(id) ?? 0) + 1;
    lost.set(id, times);
    if (times > MOST_LOST)
      fail('file', store.shown, `the result of ${titleOf(order)}`, 'none, though its job has ended');
    await lane.remove(id);
    await lane.add([order], attempts);
  };

  /** Compare with the queue itself: events may have been missed, and a server may have lost its last second. */
  const compare = async (): Promise<void> => {
    // First those that have not ended: whatever moves on meanwhile is among those that have.
    const alive = await lane.alive();
    const over = new Set([...(await lane.completed()), ...(await lane.failed())]);
    for (const id of pending.keys()) if (over.has(id)) arrived.add(id);
    const missing = [...pending.values()].filter(({ id }) => !alive.has(id) && !over.has(id));
    if (missing.length === 0) return;
    if ((await desk.drains()) !== drains)
      fail(
        'options',
        'the queue',
        `${missing.length} cells of this run`,
        'that it was drained; --resume adds them again',
      );
    await lane.add(missing, attempts);
  };

  await lane.listen({
    ended: (id) => {
      if (!pending.has(id)) return;
      arrived.add(id);
      nap.wake();
    },
    epoch: (id, epoch) => {
      const order = pending.get(id);
      if (order !== undefined) reached.set(id, Math.min(epoch, epochsOf(order)));
    },
  });
  for (const { id } of await stale(desk, orders)) await lane.remove(id);
  await lane.add(orders, attempts);

  signal.addEventListener('abort', () => {
    nap.wake();
  });
  const board = boardOn(screen);
  const epochs = orders.reduce((n, order) => n + epochsOf(order), 0);
  const cells = orders.reduce((n, order) => n + order.cells.length, 0);
  const began = performance.now();
  let before: number | undefined;
  let [looked, shown] = [-Infinity, -Infinity];
  const picture = (): Board => ({
    cells,
    ended,
    epochs,
    done: [...reached.values()].reduce((a, b) => a + b, ledger.done),
    before: before ?? 0,
    seconds: (performance.now() - began) / 1000,
  });
  while (pending.size > 0 && !signal.aborted) {
    if (performance.now() - looked > look) {
      await compare();
      looked = performance.now();
    }
    const now = [...arrived];
    arrived = new Set();
    await allEnded(
      Array.from({ length: HANDS }, async () => {
        for (let id = now.shift(); id !== undefined; id = now.shift()) await settle(id);
      }),
    );
    // What had ended before says nothing of the pace.
    before ??= ledger.done;
    if (performance.now() - shown > SHOW || pending.size === 0) {
      board.show(picture());
      shown = performance.now();
    }
    if (arrived.size > 0 || pending.size === 0) continue;
    nap = napOf(Math.min(look, SHOW));
    await nap.over;
  }
  const [first] = failures;
  if (first !== undefined)
    throw new Fault(
      failures.length === 1 ? first : { ...first, path: `${first.path} and ${failures.length - 1} more` },
    );
};
