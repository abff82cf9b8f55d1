/** A worker of simulated cells, in a process of its own. */
import * as E from 'fp-ts/Either';
import { describe } from '../../src';
import { connect, loginIn, storeNamed, work } from '../../src/queue';
import { simulated, type Simulation } from './simulated';

export interface WorkerSetting {
  readonly url: string;
  readonly store: string;
  readonly data?: string;
  readonly scratch: string;
  readonly lock: number;
  readonly idle?: number;
  readonly version?: string;
  /** Milliseconds by which its clock is wrong. */
  readonly skew?: number;
  /** Milliseconds after which it goes wrong, all at once. */
  readonly skewAfter?: number;
  /** Milliseconds without an answer after which a connection counts as cut. */
  readonly silence: number;
  readonly simulation: Simulation;
}

const skewed = (by: number): void => {
  const now = Date.now.bind(Date);
  Date.now = () => now() + by;
};

const main = async (): Promise<void> => {
  // Boundary with the process that starts it, which writes nothing else.
  const setting = JSON.parse(process.argv[2] ?? '') as WorkerSetting;
  const { url, store, skew = 0, skewAfter = 0, silence, simulation, ...options } = setting;
  if (skewAfter === 0) skewed(skew);
  else
    setTimeout(() => {
      skewed(skew);
    }, skewAfter).unref();
  const link = await connect(url, loginIn(process.env), { connect: 5000, silence })();
  if (E.isLeft(link)) throw new Error(describe(link.left));
  const place = await storeNamed(link.right, store)();
  if (E.isLeft(place)) throw new Error(describe(place.left));
  const stopping = new AbortController();
  process.on('SIGTERM', () => {
    stopping.abort();
  });
  const done = await work(link.right, place.right, {
    ...options,
    backend: 'wasm',
    threads: 1,
    modules: [],
    signal: stopping.signal,
    say: (line) => {
      console.log(line);
    },
    trainers: simulated(simulation),
  })();
  link.right.close();
  if (E.isLeft(done)) {
    console.log(describe(done.left));
    process.exit(1);
  }
  process.exit(0);
};

main().catch((thrown: unknown) => {
  console.log(String(thrown));
  process.exit(2);
});
