/** `proxprop info`: versions, backends, threads, and the names that configurations may use. */
import { cpus } from 'node:os';
import { Command as Program } from 'commander';
import * as E from 'fp-ts/Either';
import * as TE from 'fp-ts/TaskEither';
import { pipe } from 'fp-ts/function';
import { type Backend, backends, describe, relaxedSimd, Report, start } from '../../src';
import { builtIn, environment } from '../../src/experiment';
import { type Command } from '../exit';
import { flags } from '../parsers';
import { printJson } from '../show';

interface Options {
  readonly json?: true;
}

const backendInfo = async (backend: Backend) => {
  const running = await start(backend)();
  return E.isLeft(running)
    ? { backend, runs: false, why: describe(running.left) }
    : {
        backend,
        runs: true,
        threads: running.right.threads,
        simd: running.right.simd,
        ...(running.right.adapter === undefined ? {} : { adapter: running.right.adapter }),
        ...(running.right.note === undefined ? {} : { note: running.right.note }),
      };
};

const gathered = async () => {
  const found: Awaited<ReturnType<typeof backendInfo>>[] = [];
  // One engine for all: one after another.
  for (const backend of backends) found.push(await backendInfo(backend));
  const { started: _, ...versions } = environment({});
  return {
    ...versions,
    'logical cores': cpus().length,
    relaxedSimd: relaxedSimd(),
    backends: found,
    layers: builtIn.layers.map(({ name }) => name),
    methods: builtIn.methods.map(({ name }) => name),
    optimizers: builtIn.optimizers.map(({ name }) => name),
    datasets: builtIn.datasets.map(({ name }) => name),
  };
};

const show = (info: Awaited<ReturnType<typeof gathered>>): void => {
  const { backends: all, layers, methods, optimizers, datasets, relaxedSimd: relaxed, ...versions } = info;
  for (const [name, value] of Object.entries(versions)) console.log(`${name}: ${value}`);
  console.log(`relaxed SIMD: ${relaxed ? 'yes' : 'no'}\n`);
  console.log(
    Report.table(
      ['backend', 'threads', 'SIMD', ''],
      all.map((one) =>
        'why' in one
          ? [one.backend, '', '', one.why ?? '']
          : [one.backend, String(one.threads), one.simd ? 'yes' : 'no', one.adapter ?? one.note ?? ''],
      ),
    ),
  );
  console.log(`\nlayers: ${layers.join(', ')}`);
  console.log(`methods: ${methods.join(', ')}`);
  console.log(`optimizers: ${optimizers.join(', ')}`);
  console.log(`datasets: ${datasets.join(', ')}`);
};

export const info = (options: Options): Command =>
  pipe(
    TE.fromTask(gathered),
    TE.map((found) => {
      if (options.json === true) printJson(found);
      else show(found);
    }),
  );

export const infoProgram = (): Program =>
  new Program('info')
    .summary('versions, backends, threads, relaxed SIMD, and what configurations may name')
    .description(
      'Show versions, which backends run here and why others do not, threads, relaxed SIMD, and the names of ' +
        'layers, methods, optimizers and datasets that configurations may use.',
    )
    .addOption(flags.json())
    .addOption(flags.trace())
    .addHelpText('after', '\nExamples:\n  $ proxprop info\n  $ proxprop info --json | jq .relaxedSimd');
