/** The laws on the reader's layer: one line each. A chunk of its own, as it brings fast-check. */
import { lawsOf, showReport } from '../../../laws';
import { shortened } from './line';
import { type OwnLayer } from '../model/own';

/** Cases of each law: few, as the page waits for them. */
const CASES = 10;
/** Features of the layer under law. */
const FEATURES = 4;

export interface Judgement {
  readonly line: string;
  readonly held: boolean;
}

/** The laws one by one; between them the worker hears messages. */
export async function* judged(own: OwnLayer, code: string): AsyncGenerator<Judgement, void, undefined> {
  // Differences say nothing at kinks: inputs then keep away from each other and from 0.
  const kinks = /\b(relu|abs|max|min|maximum|minimum|clipByValue)\s*\(/.test(code);
  for (const { run } of lawsOf({ name: 'your layer', make: () => own(FEATURES), kinks })) {
    await new Promise((resolve) => {
      setTimeout(resolve, 0);
    });
    const report = run({ numRuns: CASES, seed: 1 });
    yield { line: shortened(showReport(report)), held: report.violation === undefined };
  }
}
