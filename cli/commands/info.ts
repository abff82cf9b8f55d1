/** `proxprop info`: versions, backends, threads, and the names that configurations may use. */
import { cpus } from 'node:os';
import { Command as Program } from 'commander';
import * as E from 'fp-ts/Either';
import * as TE from 'fp-ts/TaskEither';
import { pipe } from 'fp-ts/function';
import { type Backend, backends, describe, Report, start } from '../../src';
import { builtIn, environment } from '../../src/experiment';
import { type Command } from '../exit';
import { flags } from '../parsers';
import { printJson } from '../show';

interface Options {
  readonly json?: true;
}

/**
 * A module of one function, `i8x16.relaxed_swizzle` of two zeros (opcode 0xfd 0x100): an engine without relaxed SIMD does not take it.
 */
const RELAXED = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
  // One type, of no parameters, to a v128; one function of it.
  ...[0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7b, 0x03, 0x02, 0x01, 0x00],
  // Its body: i32.const 0, i8x16.splat, twice; the swizzle; end.
  ...[0x0a, 0x0f, 0x01, 0x0d, 0x00, 0x41, 0x00, 0xfd, 0x0f, 0x41, 0x00, 0xfd, 0x0f, 0xfd, 0x80, 0x02, 0x0b],
);

/** The part of the WebAssembly interface of JavaScript that is asked here. */
interface Engine {
  readonly validate: (bytes: Uint8Array) => boolean;
}
const isEngine = (u: unknown): u is Engine =>
  typeof u === 'object' && u !== null && 'validate' in u && typeof u.validate === 'function';

/** Whether the engine has relaxed SIMD. */
export const relaxedSimd = (): boolean => {
  const engine: unknown = Reflect.get(globalThis, 'WebAssembly');
  return isEngine(engine) && engine.validate(RELAXED);
};

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
