/** How the tests run laws: on each backend, with a printed line, and with mutants that must be rejected. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as E from 'fp-ts/Either';
import { check, type Law, type LawReport, type RunOptions, showReport } from '../../laws';
import { type Backend, describe as show, liveTensors, start } from '../../src';
import { casesOf, testBackends, testThreads } from '../support';

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
      const started = await start(backend, { threads: testThreads })();
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

/** The law holds in all its cases. */
export const holds = <A>(law: Law<A>, options: RunOptions & Named & Costly = {}): void => {
  it(`law ${law.number} ${law.name}${suffix(options)}`, ({ task }) => {
    const numRuns = casesOf(options.numRuns ?? 100, options.share);
    const report = check(law, { ...options, numRuns });
    console.log(showReport(report));
    task.meta.laws = ran([report]);
    expect(report.violation).toBeUndefined();
    expect(report.cases).toBe(numRuns);
  });
};

/** The law rejects a mutant: for what it is, not because it crashes or meets a failure of the library. */
export const rejects = <A>(mutant: string, law: Law<A>, named: Named = {}): void => {
  it(`law ${law.number} rejects: ${mutant}${suffix(named)}`, () => {
    const { violation } = check(law, { shrink: false });
    expect(violation).toBeDefined();
    expect(violation).not.toMatch(/^(threw |failed: )/);
  });
};
