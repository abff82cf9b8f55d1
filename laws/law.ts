/**
 * Laws, and how they are run. A law is a pure predicate on cases, an arbitrary of cases, and a
 * name.
 *
 * Laws are functions of the thing they judge (a layer, a method, a solver, an optimizer). So your
 * own can be judged as the library's are, and a deliberately wrong one, a mutant, can be shown to
 * fail.
 */
import * as fc from 'fast-check';
import { engine } from '@tensorflow/tfjs-core';
import { describe, Fault, type ProxpropError, scope } from '../src';
import { notStarted } from '../src/internal';

/** The verdict of a law on a case: `true`, or what was violated, with the numbers. */
export type Verdict = true | string;

/** A law: a predicate on random cases. `check` runs it, and frees the tensors that it makes. */
export interface Law<A> {
  /** The number of the law: for a law of the library, its place in `LAWS`. */
  readonly number: number;
  /** The statement in short, as reports show it. */
  readonly name: string;
  /** The random cases. */
  readonly arbitrary: fc.Arbitrary<A>;
  /** The predicate. It may make tensors freely; the runner frees them. */
  readonly holds: (example: A) => Verdict;
  /**
   * Kinds of cases, each of which gets its share: among a handful of cases, chance would leave one
   * out. Every case is of one kind.
   */
  readonly strata?: readonly ((example: A) => boolean)[];
}

/**
 * Options of a run of a law: its cases, their seed, and whether the smallest violation is looked
 * for.
 */
export interface RunOptions {
  /** The number of cases. Default 100. */
  readonly numRuns?: number;
  /** The seed of the cases. Default: the variable PROXPROP_SEED, else 1. */
  readonly seed?: number;
  /**
   * Whether the smallest case that violates the law is looked for, which takes up to five seconds.
   * Default true.
   */
  readonly shrink?: boolean;
}

/**
 * The report of a run of a law: how many cases held, with which seed, and the smallest case that
 * did not.
 */
export interface LawReport {
  /** The number and the name of the law. */
  readonly law: string;
  /** The number of cases that were judged. */
  readonly cases: number;
  /** The seed, with which the run can be repeated. */
  readonly seed: number;
  /**
   * What was violated, and by which case, the smallest if it was looked for; absent if the law
   * held. It begins with `could not run: ` if nothing was judged because no backend runs.
   */
  readonly violation?: string;
}

/** The beginning of a violation that is none, because nothing could run. */
export const COULD_NOT_RUN = 'could not run: ';

const defaultSeed = (): number => {
  const given = Number.parseInt(
    (typeof process === 'undefined' ? undefined : process.env['PROXPROP_SEED']) ?? '',
    10,
  );
  return Number.isSafeInteger(given) ? given : 1;
};

/**
 * The most milliseconds of shrinking, which runs the predicate again and again: a failing law
 * should not take minutes.
 */
const SHRINK_MILLISECONDS = 5000;

/** A law whose predicate is asynchronous, such as one of a training or an evaluation. */
export interface AsyncLaw<A> extends Omit<Law<A>, 'holds'> {
  /** The predicate. It may make tensors freely; the runner frees them. One case runs at a time. */
  readonly holds: (example: A) => Promise<Verdict>;
}

const failure = (thrown: unknown): string =>
  thrown instanceof Fault ? `failed: ${thrown.message}` : `threw ${String(thrown)}`;

/** What both ways to run a law share: its cases, and what is told of them. */
const runOf = <A>(
  law: Omit<Law<A>, 'holds'>,
  { seed = defaultSeed(), numRuns = 100, shrink = true }: RunOptions,
) => {
  let shrinkUntil = Number.POSITIVE_INFINITY;
  const { strata = [() => true] } = law;
  const title = `${law.number} ${law.name}`;
  const idle = (cause: ProxpropError): LawReport => ({
    ...{ law: title, cases: 0, seed },
    violation: `${COULD_NOT_RUN}${describe(cause)}`,
  });
  return {
    shares: strata.map((of, i) => ({
      arbitrary: law.arbitrary.filter(of),
      parameters: { seed, numRuns: Math.floor((numRuns + i) / strata.length), endOnFailure: !shrink },
    })),
    /** Whether the smallest case has been looked for long enough. */
    late: (): boolean => performance.now() > shrinkUntil,
    /** Tell fast-check of a violation. */
    judge: (found: Verdict): void => {
      if (found === true) return;
      if (shrinkUntil === Number.POSITIVE_INFINITY) shrinkUntil = performance.now() + SHRINK_MILLISECONDS;
      throw new Error(found);
    },
    /** What is told where the cases themselves could not be made. */
    unmade: (thrown: unknown): LawReport => {
      // Cases may be made of tensors.
      const cause = notStarted();
      if (cause !== undefined) return idle(cause);
      throw thrown;
    },
    report: (results: readonly fc.RunDetails<[A]>[]): LawReport => {
      const report = { law: title, cases: results.reduce((n, r) => n + r.numRuns, 0), seed };
      const failed = results.find((r) => r.failed);
      if (failed === undefined) return report;
      const cause = notStarted();
      if (cause !== undefined) return idle(cause);
      const message = failed.errorInstance instanceof Error ? failed.errorInstance.message : 'it failed';
      return {
        ...report,
        violation: `${message}; ${shrink ? 'smallest case' : 'case'} ${fc.stringify(failed.counterexample)}`,
      };
    },
  };
};

/**
 * Runs a law on random cases, and frees the tensors that it makes. A violation is part of the
 * report, with the smallest case that violates the law. So is anything that the law throws: after
 * `failed: ` a `Fault`, after `threw ` anything else.
 *
 * @param law the law
 * @param options `numRuns`, default 100; `seed`, default 1 or the variable PROXPROP_SEED; `shrink`,
 *   whether the smallest case is looked for, default true
 *
 * @example showReport(check(keyDeterminism(), { numRuns: 10, seed: 1 }))
 * // 'law 17 keys: equal key, equal numbers, in any order of calls: 10 cases, seed 1'
 */
export const check = <A>(law: Law<A>, options: RunOptions = {}): LawReport => {
  const run = runOf(law, options);
  const verdict = (example: A): Verdict => {
    if (run.late()) return true;
    try {
      return scope(() => law.holds(example));
    } catch (thrown) {
      return failure(thrown);
    }
  };
  const results: fc.RunDetails<[A]>[] = [];
  try {
    for (const { arbitrary, parameters } of run.shares) {
      const result = fc.check(
        fc.property(arbitrary, (example) => {
          run.judge(verdict(example));
        }),
        parameters,
      );
      results.push(result);
      if (result.failed) break;
    }
  } catch (thrown) {
    return run.unmade(thrown);
  }
  return run.report(results);
};

/**
 * Runs a law whose predicate is asynchronous, such as one of a training, as `check` does.
 *
 * @param law the law
 * @param options as of `check`
 *
 * @example (await checkAsync(partition(), { numRuns: 2 })).violation ?? 'holds' // 'holds'
 */
export const checkAsync = async <A>(law: AsyncLaw<A>, options: RunOptions = {}): Promise<LawReport> => {
  const run = runOf(law, options);
  const verdict = async (example: A): Promise<Verdict> => {
    if (run.late()) return true;
    // As `scope`, which ends with its function: this one ends with the promise.
    engine().startScope();
    try {
      return await law.holds(example);
    } catch (thrown) {
      return failure(thrown);
    } finally {
      engine().endScope();
    }
  };
  const results: fc.RunDetails<[A]>[] = [];
  try {
    for (const { arbitrary, parameters } of run.shares) {
      const result = await fc.check(
        fc.asyncProperty(arbitrary, async (example) => {
          run.judge(await verdict(example));
        }),
        parameters,
      );
      results.push(result);
      if (result.failed) break;
    }
  } catch (thrown) {
    return run.unmade(thrown);
  }
  return run.report(results);
};

/**
 * Formats a report as one line: the law, the cases and the seed, with the violation if there is
 * one.
 *
 * @param report what `check` gave
 *
 * @example showReport({ law: '1 feasibility', cases: 100, seed: 1 }) // 'law 1 feasibility: 100 cases, seed 1'
 */
export const showReport = ({ law, cases, seed, violation }: LawReport): string => {
  const line = `law ${law}: ${cases} cases, seed ${seed}`;
  if (violation === undefined) return line;
  return violation.startsWith(COULD_NOT_RUN)
    ? `${line}: COULD NOT RUN: ${violation.slice(COULD_NOT_RUN.length)}`
    : `${line}: VIOLATED: ${violation}`;
};

/**
 * The verdict of a bound: `true` if `found ≤ bound`, else what was found. NaN is above every bound.
 *
 * @param what the number, in words
 * @param found the number
 * @param bound the bound
 *
 * @example atMost('the error', 2, 1) // 'the error is 2.00e+0, above 1.00e+0'
 */
export const atMost = (what: string, found: number, bound: number): Verdict =>
  found <= bound ? true : `${what} is ${found.toExponential(2)}, above ${bound.toExponential(2)}`;

/**
 * Joins verdicts: `true` if all are, else the first that is not.
 *
 * @param verdicts the verdicts
 *
 * @example all(true, 'the shape differs') // 'the shape differs'
 */
export const all = (...verdicts: readonly Verdict[]): Verdict => verdicts.find((v) => v !== true) ?? true;
