/** Who reaches a training loss first: racers that train by turns, an epoch each, so that a slow machine is slow for all. */
import * as E from 'fp-ts/Either';
import { type ProxpropError } from '../../src';

/** How far a racer has come: seconds of training alone, and the loss over all training examples; `null` for one that is not finite. */
export interface Mark {
  readonly seconds: number;
  readonly loss: number | null;
}

export interface Racer {
  readonly name: string;
  /** Racers of one team are settings of one library and method, of which the best counts. */
  readonly team: string;
  /** Before the first epoch, then after each. */
  readonly next: () => Promise<E.Either<ProxpropError, Mark>>;
  readonly end: () => Promise<void>;
}

export interface Finish {
  readonly name: string;
  readonly team: string;
  /** Until the loss was reached; `null` where it was not: before the team's best had, far behind the first, or within the epochs. */
  readonly seconds: number | null;
  readonly marks: readonly Mark[];
}

/**
 * When a loss was reached: between two marks along the line of its logarithm. `null` where the last mark is above.
 *
 * @example secondsTo(1, [{ seconds: 0, loss: 2.3 }, { seconds: 10, loss: 0.9 }])
 */
export const secondsTo = (target: number, marks: readonly Mark[]): number | null => {
  const i = marks.findIndex(({ loss }) => loss !== null && loss <= target);
  const [before, after] = [marks[i - 1], marks[i]];
  if (after?.loss == null) return null;
  if (before?.loss == null) return after.seconds;
  const share = Math.log(before.loss / target) / Math.log(before.loss / after.loss);
  return before.seconds + share * (after.seconds - before.seconds);
};

/** Whoever needs so many times the seconds of the first racer is far enough behind. */
const BEHIND = 2.5;

/** Whether a racer need not go on: it is there, has diverged, or has taken as long as it may. */
const isOver = (target: number, marks: readonly Mark[], most: number): boolean => {
  const last = marks.at(-1);
  return last !== undefined && (last.loss === null || last.loss <= target || last.seconds >= most);
};

/** All of them, for at most so many epochs; `tell` hears of each mark. */
export const race = async (
  racers: readonly Racer[],
  target: number,
  epochs: number,
  tell: (line: string) => void = () => undefined,
): Promise<E.Either<ProxpropError, readonly Finish[]>> => {
  const marks = racers.map((): Mark[] => []);
  /** The most seconds that a racer of a team may take. */
  const mostOf = (team: string): number =>
    Math.min(
      ...racers.map((racer, i) => {
        const seconds = secondsTo(target, marks[i] ?? []) ?? Infinity;
        return racer.team === team ? seconds : BEHIND * seconds;
      }),
    );
  const ended = new Set<Racer>();
  const endAll = async (): Promise<void> => {
    for (const racer of racers) if (!ended.has(racer)) await racer.end();
  };
  for (let epoch = 0; epoch <= epochs; epoch++)
    for (const [i, racer] of racers.entries()) {
      const own = marks[i] ?? [];
      if (ended.has(racer)) continue;
      if (isOver(target, own, mostOf(racer.team))) {
        ended.add(racer);
        await racer.end();
        continue;
      }
      const mark = await racer.next();
      if (E.isLeft(mark)) {
        await endAll();
        return mark;
      }
      own.push(mark.right);
      const { seconds, loss } = mark.right;
      tell(
        `${racer.team}, ${racer.name}: epoch ${epoch}, ${seconds.toFixed(1)} s, loss ${loss?.toFixed(3) ?? 'not finite'}`,
      );
    }
  await endAll();
  return E.right(
    racers.map(({ name, team }, i) => ({
      name,
      team,
      seconds: secondsTo(target, marks[i] ?? []),
      marks: marks[i] ?? [],
    })),
  );
};

/** The loss of the last mark; infinite if it is not finite, or there is none. */
export const lastLoss = ({ marks }: Finish): number => marks.at(-1)?.loss ?? Infinity;

/** Whether one is better: there first, or if neither got there, with the lower last loss. */
const isBetter = (one: Finish, other: Finish): boolean =>
  one.seconds === null && other.seconds === null
    ? lastLoss(one) < lastLoss(other)
    : (one.seconds ?? Infinity) < (other.seconds ?? Infinity);

/** The best of each team, in the order in which they first appear. */
export const bestOfTeams = (found: readonly Finish[]): readonly Finish[] =>
  [...new Set(found.map(({ team }) => team))].flatMap((team) => {
    const [first, ...others] = found.filter((finish) => finish.team === team);
    if (first === undefined) return [];
    return [others.reduce((best, one) => (isBetter(one, best) ? one : best), first)];
  });
