/**
 * What a law is: a pure predicate on cases, an arbitrary of cases, and a name; and how it is run.
 *
 * Laws are functions of the thing they judge (a layer, a method, a solver, an optimizer), so that your own can
 * be judged as ours are, and so that a deliberately wrong one, a mutant, can be shown to fail.
 */
import * as fc from 'fast-check';
import { describe, Fault, notStarted, type ProxpropError, scope } from '../src';

/** `true`, or what was violated, with the numbers. */
export type Verdict = true | string;

export interface Law<A> {
  /** The number in the list of laws in `laws/README.md`. */
  readonly number: number;
  readonly name: string;
  readonly arbitrary: fc.Arbitrary<A>;
  /** The predicate; it may make tensors freely, the runner frees them. */
  readonly holds: (example: A) => Verdict;
  /**
   * Kinds of cases, each of which has its share of them: where a law is run on a handful, chance would leave one out. Every case
   * is of one kind.
   */
  readonly strata?: readonly ((example: A) => boolean)[];
}

export interface RunOptions {
  /** Cases. Default 100. */
  readonly numRuns?: number;
  /** Seed of the cases. Default: the variable PROXPROP_SEED, else 1. */
  readonly seed?: number;
  /** Whether a violation is traced to its smallest case, which takes up to five seconds. Default true. */
  readonly shrink?: boolean;
}

export interface LawReport {
  readonly law: string;
  readonly cases: number;
  readonly seed: number;
  /**
   * What was violated, and by which case, the smallest if it was looked for; absent when the law held. It begins with
   * `could not run: ` where nothing was judged, as no backend runs.
   */
  readonly violation?: string;
}

/** How what is no violation begins. */
export const COULD_NOT_RUN = 'could not run: ';

const defaultSeed = (): number => {
  const given = Number.parseInt(
    (typeof process === 'undefined' ? undefined : process.env['PROXPROP_SEED']) ?? '',
    10,
  );
  return Number.isSafeInteger(given) ? given : 1;
};

/** Shrinking runs the predicate again and again: a bound keeps a failing law from taking minutes. */
const SHRINK_MILLISECONDS = 5000;

/**
 * Run a law on random cases. A violation, and every failure on the way, is part of the report: after `failed: ` one that the library
 * tells, after `threw ` another.
 */
export const check = <A>(law: Law<A>, options: RunOptions = {}): LawReport => {
  const seed = options.seed ?? defaultSeed();
  const { numRuns = 100, shrink = true } = options;
  let shrinkUntil = Number.POSITIVE_INFINITY;
  const verdict = (example: A): Verdict => {
    if (performance.now() > shrinkUntil) return true;
    try {
      return scope(() => law.holds(example));
    } catch (thrown) {
      return thrown instanceof Fault ? `failed: ${thrown.message}` : `threw ${String(thrown)}`;
    }
  };
  const title = `${law.number} ${law.name}`;
  const idle = (cause: ProxpropError): LawReport => ({
    ...{ law: title, cases: 0, seed },
    violation: `${COULD_NOT_RUN}${describe(cause)}`,
  });
  const run = (arbitrary: fc.Arbitrary<A>, cases: number) =>
    fc.check(
      fc.property(arbitrary, (example) => {
        const found = verdict(example);
        if (found === true) return;
        if (shrinkUntil === Number.POSITIVE_INFINITY) shrinkUntil = performance.now() + SHRINK_MILLISECONDS;
        throw new Error(found);
      }),
      { seed, numRuns: cases, endOnFailure: !shrink },
    );
  const { strata = [() => true] } = law;
  let done = 0;
  let result = run(law.arbitrary, 0);
  try {
    for (const [i, of] of strata.entries()) {
      const share = Math.floor((numRuns + i) / strata.length);
      result = run(law.arbitrary.filter(of), share);
      done += result.numRuns;
      if (result.failed) break;
    }
  } catch (thrown) {
    // Cases may be made of tensors.
    const cause = notStarted();
    if (cause !== undefined) return idle(cause);
    throw thrown;
  }
  const report = { law: title, cases: done, seed };
  const cause = result.failed ? notStarted() : undefined;
  if (cause !== undefined) return idle(cause);
  if (!result.failed) return report;
  const message = result.errorInstance instanceof Error ? result.errorInstance.message : 'it failed';
  return {
    ...report,
    violation: `${message}; ${shrink ? 'smallest case' : 'case'} ${fc.stringify(result.counterexample)}`,
  };
};

/** One line: `law 2 backprop equivalence: 100 cases, seed 1`, with the violation where there is one. */
export const showReport = ({ law, cases, seed, violation }: LawReport): string => {
  const line = `law ${law}: ${cases} cases, seed ${seed}`;
  if (violation === undefined) return line;
  return violation.startsWith(COULD_NOT_RUN)
    ? `${line}: COULD NOT RUN: ${violation.slice(COULD_NOT_RUN.length)}`
    : `${line}: VIOLATED: ${violation}`;
};

/** `true` when `found ≤ bound`, else what was found. NaN is above every bound. */
export const atMost = (what: string, found: number, bound: number): Verdict =>
  found <= bound ? true : `${what} is ${found.toExponential(2)}, above ${bound.toExponential(2)}`;

/** All verdicts, or the first that is not `true`. */
export const all = (...verdicts: readonly Verdict[]): Verdict => verdicts.find((v) => v !== true) ?? true;
