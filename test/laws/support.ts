/** How the tests run laws: on each backend, with a printed line, and with mutants that must be rejected. */
import { afterAll, beforeAll, describe, expect, it, type TaskMeta } from 'vitest';
import * as E from 'fp-ts/Either';
import {
  type AsyncLaw,
  check,
  checkAsync,
  type Law,
  type LawReport,
  type RunOptions,
  showReport,
} from '../../laws';
import { type Backend, describe as show, liveTensors, start } from '../../src';
import { A_TWENTIETH, casesOf, testBackends, testRelaxed, testThreads } from '../support';

/** What a test tells of a law that it ran. */
interface Ran {
  readonly law: string;
  readonly cases: number;
  readonly held: boolean;
}

declare module 'vitest' {
  interface TaskMeta {
    /** The laws that a test ran: for the table of laws and backends. */
    laws?: readonly Ran[];
  }
}

/** Reports as a test tells them. */
export const ran = (reports: readonly LawReport[]): readonly Ran[] =>
  reports.map(({ law, cases, violation }) => ({ law, cases, held: violation === undefined }));

/** Start a backend for a group of tests, and see that the group leaves no tensor behind. */
export const onBackend = (backend: Backend, tests: () => void): void => {
  describe(backend, () => {
    let before = 0;
    beforeAll(async () => {
      const started = await start(backend, { threads: testThreads, relaxed: testRelaxed })();
      if (E.isLeft(started)) throw new Error(show(started.left));
      before = liveTensors();
    });
    afterAll(() => {
      expect(liveTensors()).toBe(before);
    });
    tests();
  });
};

export const onEachBackend = (tests: (backend: Backend) => void): void => {
  for (const backend of testBackends)
    onBackend(backend, () => {
      tests(backend);
    });
};

interface Named {
  /** Of what the law is, where one file runs it for several things: no two tests of a file have one title. */
  readonly of?: string;
}

const suffix = ({ of }: Named): string => (of === undefined ? '' : ` (${of})`);

interface Costly {
  /** The share of the cases that `npm test` runs; all of them by default. */
  readonly share?: number;
}

const title = ({ number, name }: Pick<Law<never>, 'number' | 'name'>, named: Named): string =>
  `law ${number} ${name}${suffix(named)}`;

const expectHeld = (report: LawReport, numRuns: number, meta: TaskMeta): void => {
  console.log(showReport(report));
  meta.laws = ran([report]);
  expect(report.violation).toBeUndefined();
  expect(report.cases).toBe(numRuns);
};

/** The law holds in all its cases. */
export const holds = <A>(law: Law<A>, options: RunOptions & Named & Costly = {}): void => {
  it(title(law, options), ({ task }) => {
    const numRuns = casesOf(options.numRuns ?? 100, options.share);
    expectHeld(check(law, { ...options, numRuns }), numRuns, task.meta);
  });
};

/** The same for a law whose predicate takes time. */
export const holdsAsync = <A>(law: AsyncLaw<A>, options: RunOptions & Named = {}): void => {
  it(title(law, options), async ({ task }) => {
    const numRuns = casesOf(options.numRuns ?? 100);
    expectHeld(await checkAsync(law, { ...options, numRuns }), numRuns, task.meta);
  });
};

const expectRejected = ({ violation }: LawReport): void => {
  expect(violation).toBeDefined();
  expect(violation).not.toMatch(/^(threw |failed: )/);
};

/**
 * The law rejects a mutant: for what it is, not because it crashes or meets a failure of the library. In its share of a hundred
 * cases, also where `npm test` runs fewer of the law: it ends with the first that rejects it.
 */
export const rejects = <A>(mutant: string, law: Law<A>, options: Named & Costly = {}): void => {
  it(`law ${law.number} rejects: ${mutant}${suffix(options)}`, () => {
    const { share = 1 } = options;
    const numRuns = Math.max(casesOf(100, share), Math.round(100 * share));
    expectRejected(check(law, { shrink: false, numRuns }));
  });
};

/** The same at the fewest cases that the table of layers is run on. */
export const rejectsSoon = <A>(mutant: string, law: Law<A>, named: Named = {}): void => {
  rejects(mutant, law, { ...named, share: A_TWENTIETH });
};

/** The same for a law whose predicate takes time. */
export const rejectsAsync = <A>(mutant: string, law: AsyncLaw<A>, named: Named = {}): void => {
  it(`law ${law.number} rejects: ${mutant}${suffix(named)}`, async () => {
    expectRejected(await checkAsync(law, { shrink: false }));
  });
};
