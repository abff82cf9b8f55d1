/** A controller of a grid, in a process of its own: all of `proxprop run` but the report. */
import * as E from 'fp-ts/Either';
import { describe, type ProxpropError } from '../../src';
import { planned, readExperiment, withData } from '../../src/experiment';
import { byQueue, connect, loginIn, storeNamed, trainingIn } from '../../src/queue';

export interface ControllerSetting {
  readonly config: string;
  readonly data: string;
  readonly url: string;
  readonly store: string;
  readonly out: string;
  readonly attempts: number;
  /** Milliseconds between looks at the whole queue. */
  readonly look: number;
  readonly silence: number;
}

const right = <A>(result: E.Either<ProxpropError, A>): A => {
  if (E.isLeft(result)) throw new Error(describe(result.left));
  return result.right;
};

/** A number of what Redis tells of itself. */
const counted = (info: string, name: string): number =>
  Number(new RegExp(`${name}:(\\d+)`).exec(info)?.[1] ?? 0);

const main = async (): Promise<void> => {
  // Boundary with the process that starts it, which writes nothing else.
  const setting = JSON.parse(process.argv[2] ?? '') as ControllerSetting;
  const { config, data, url, store, out, attempts, look, silence } = setting;
  const plan = right(planned(right(await readExperiment(config)())));
  const ready = right(trainingIn(right(await withData(plan, data)())));
  const link = right(await connect(url, loginIn(process.env), { connect: 5000, silence })());
  const place = right(await storeNamed(link, store)());
  const run = byQueue(link, place, ready, { attempts, screen: process.stdout, look });
  const began = performance.now();
  const done = await run(
    { path: config, config: ready.experiment.config, data, backend: 'wasm' },
    ready.plan.final(new Map()),
    out,
    { workers: 1, threads: 1 },
    { progress: { start: () => undefined, tick: () => undefined, stop: () => undefined } },
  )();
  const info = await link.redis.info('stats');
  link.close();
  right(done);
  console.log(
    JSON.stringify({
      seconds: (performance.now() - began) / 1000,
      memory: process.resourceUsage().maxRSS / 1024,
      heap: process.memoryUsage().heapUsed / 2 ** 20,
      processor: (process.cpuUsage().user + process.cpuUsage().system) / 1e6,
      commands: counted(info, 'total_commands_processed'),
      messages: counted(info, 'total_reads_processed'),
      bytes: counted(info, 'total_net_input_bytes') + counted(info, 'total_net_output_bytes'),
    }),
  );
  process.exit(0);
};

main().catch((thrown: unknown) => {
  console.log(thrown instanceof Error ? thrown.message : String(thrown));
  process.exit(1);
});
