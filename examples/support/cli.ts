/** The command line of the examples: the same options, the same errors, the same exit codes everywhere. */
import { join } from 'node:path';
import { Command, CommanderError, Option as Flag } from 'commander';
import * as E from 'fp-ts/Either';
import type * as TE from 'fp-ts/TaskEither';
import * as t from 'io-ts';
import {
  type Backend,
  backends,
  defaultBackend,
  describe,
  error,
  type ProxpropError,
  Report,
  type Running,
  start,
  type Threads,
} from '../../src';
import { EXIT as CODES } from '../../cli/exit';
import { runMain, stop, told } from '../../cli/process';

/** The largest seed, and more epochs or examples than anyone has. */
const MOST = 2 ** 31 - 1;

/** A whole number from a command line's text, from `least` to `MOST`; the error names the bound that it missed. */
const whole = (least: number): t.Type<number, string> => {
  const expected = `a whole number of at least ${least}`;
  return new t.Type(
    expected,
    (u): u is number => typeof u === 'number',
    (u, context) => {
      const n = typeof u === 'string' && /^[+-]?\d+$/.test(u.trim()) ? Number(u) : Number.NaN;
      if (n > MOST) return t.failure(u, context, `a whole number of at most ${MOST}`);
      // Adding 0 turns -0 into 0.
      return n >= least ? t.success(n + 0) : t.failure(u, context, expected);
    },
    String,
  );
};

const positive: t.Type<number, string> = new t.Type(
  'a positive number',
  (u): u is number => typeof u === 'number',
  (u, context) => {
    const n = typeof u === 'string' && u.trim() !== '' ? Number(u) : Number.NaN;
    return n > 0 && Number.isFinite(n) ? t.success(n) : t.failure(u, context, 'a positive number');
  },
  String,
);

const backendName: t.Type<Backend, string> = new t.Type(
  `one of ${backends.join(', ')}`,
  (u): u is Backend => backends.some((b) => b === u),
  (u, context) => {
    const found = backends.find((b) => b === u);
    return found === undefined ? t.failure(u, context, `one of ${backends.join(', ')}`) : t.success(found);
  },
  (b) => b,
);

const threadCount: t.Type<Threads, string> = new t.Type(
  'threads',
  (u): u is Threads => u === 'all' || typeof u === 'number',
  (u, context) => {
    if (u === 'all') return t.success(u);
    const n = typeof u === 'string' && /^\d+$/.test(u.trim()) ? Number(u) : 0;
    return n >= 1 && n <= MOST ? t.success(n) : t.failure(u, context, 'all, or a whole number of at least 1');
  },
  String,
);

const atATime: t.Type<number | 'auto', string> = new t.Type(
  'workers',
  (u): u is number | 'auto' => u === 'auto' || typeof u === 'number',
  (u, context) => {
    if (u === 'auto') return t.success(u);
    const n = typeof u === 'string' && /^\d+$/.test(u.trim()) ? Number(u) : 0;
    return n >= 1 && n <= MOST
      ? t.success(n)
      : t.failure(u, context, 'auto, or a whole number of at least 1');
  },
  String,
);

/** A folder; an empty text is none. */
const maybeFolder: t.Type<string | undefined> = new t.Type(
  'a folder',
  (u): u is string | undefined => u === undefined || t.string.is(u),
  (u, context) => (t.string.is(u) ? t.success(u === '' ? undefined : u) : t.failure(u, context, 'a folder')),
  t.identity,
);

const folder: t.Type<string> = new t.Type(
  'a folder',
  t.string.is,
  (u, context) => (t.string.is(u) && u !== '' ? t.success(u) : t.failure(u, context, 'a folder')),
  t.identity,
);

/** An option: how it is decoded, what it is when absent, and what `--help` says. */
export interface Option<A> {
  readonly codec: t.Decoder<unknown, A>;
  readonly fallback: string;
  readonly placeholder: string;
  readonly help: string;
}

const option = <A>(
  codec: t.Decoder<unknown, A>,
  placeholder: string,
  fallback: string,
  help: string,
): Option<A> => ({ codec, placeholder, fallback, help });

/** Where the subset of Fashion-MNIST that comes with the repository lies. */
export const embeddedData = join(__dirname, '..', 'data', 'fashion-mnist');

/** The folder that the environment names; a variable that is set to nothing names none. */
const dataFolder = (): string => {
  const named = process.env['PROXPROP_DATA'];
  return named === undefined || named === '' ? embeddedData : named;
};

const yes: t.Type<boolean, string> = new t.Type(
  'a flag',
  (u): u is boolean => typeof u === 'boolean',
  (u, context) => {
    if (u === true || u === 'true') return t.success(true);
    return u === false || u === 'false' ? t.success(false) : t.failure(u, context, 'no value');
  },
  String,
);

/** The options that examples share, each with its default. */
export const options = {
  backend: (fallback: Backend = defaultBackend) =>
    option(backendName, 'name', fallback, `what computes: ${backends.join(', ')}`),
  threads: () => option(threadCount, 'n', 'all', 'threads of wasm; all: one for each physical core'),
  seed: () => option(whole(0), 'n', '1', 'seed of all random numbers'),
  epochs: (fallback: number) => option(whole(0), 'n', String(fallback), 'passes over the training data'),
  seconds: (fallback: number) => option(positive, 's', String(fallback), 'seconds of training for each run'),
  examples: (fallback: number) =>
    option(
      whole(1),
      'n',
      String(fallback),
      'training examples: the first of the set, and a quarter as many to test on',
    ),
  batch: (fallback: number) => option(whole(1), 'n', String(fallback), 'examples in a batch'),
  data: () =>
    option(
      folder,
      'dir',
      dataFolder(),
      'folder of the four Fashion-MNIST files, plain or gzipped (or the variable PROXPROP_DATA)',
    ),
  datasets: () =>
    option(
      maybeFolder,
      'dir',
      process.env['PROXPROP_DATA'] ?? '',
      'folder of the datasets (or the variable PROXPROP_DATA); without, they are downloaded into data/',
    ),
  workers: () =>
    option(atATime, 'n', 'auto', 'trainings at the same time, which share the threads; auto: as configured'),
  text: (placeholder: string, help: string) => option(t.string, placeholder, '', help),
  flag: (help: string) => option(yes, '', 'false', help),
  file: (help: string) => option(t.string, 'file', '', help),
  out: (name: string) => option(folder, 'dir', join('runs', name), 'folder for the results'),
  tolerance: (fallback: number) =>
    option(positive, 'x', String(fallback), 'largest relative error that passes'),
} as const;

type Options = { readonly [name: string]: Option<unknown> };
export type Values<O extends Options> = {
  readonly [K in keyof O]: O[K] extends Option<infer A> ? A : never;
};

export interface Spec<O extends Options> {
  readonly name: string;
  readonly description: string;
  readonly options: O;
  /** An optional argument without a name, and its default. */
  readonly argument?: { readonly name: string; readonly fallback: string; readonly help: string };
}

const shown = (raw: unknown): string => (raw === '' ? 'an empty text' : String(raw));

/**
 * Decode the texts of a command line, by the names of their options. Options that are absent take their defaults;
 * the first bad one is the error, tag `options`. Needs no process.
 *
 * @example decodeOptions({ name: 'x', description: '', options: { seed: options.seed() } }, { seed: '7' })
 */
export const decodeOptions = <O extends Options>(
  spec: Spec<O>,
  raw: { readonly [name: string]: unknown },
): E.Either<ProxpropError, Values<O>> => {
  const decoded: { [name: string]: unknown } = {};
  for (const [name, { codec, fallback }] of Object.entries(spec.options)) {
    const value = codec.decode(raw[name] ?? fallback);
    if (E.isLeft(value)) {
      const fault = Report.firstFault(value.left);
      return E.left(error('options', `--${name}`, fault.expected, shown(raw[name] ?? fallback)));
    }
    decoded[name] = value.right;
  }
  // Each entry was decoded by the codec of its own name just above, which is what `Values` says.
  return E.right(decoded as Values<O>);
};

/** Start what computes; what there is to say of it is said on stderr. */
export const startShown =
  (backend: Backend, threads: Threads): TE.TaskEither<ProxpropError, Running> =>
  async () => {
    const started = await start(backend, { threads })();
    if (E.isRight(started) && started.right.note !== undefined) console.error(started.right.note);
    return started;
  };

/** Exit codes: a failure that the example met; a command line that it does not understand; a defect. */
export const EXIT = { failure: CODES.failed, usage: CODES.usage, defect: CODES.defect } as const;

type Parsed<O extends Options> =
  { readonly tag: 'run'; readonly values: Values<O>; readonly argument: string } | { readonly tag: 'help' };

const usage = (message: string): ProxpropError => {
  const about = message.replace(/^error: /, '').trim();
  const unknown = /unknown option '([^']*)'/.exec(about)?.[1];
  const missing = /option '([^']*)' argument missing/.exec(about)?.[1];
  if (unknown !== undefined) return error('options', unknown, 'an option listed by --help', 'another');
  if (missing !== undefined) return error('options', missing.split(' ')[0] ?? '', 'a value', 'nothing');
  return error('options', 'command line', 'what --help lists', about);
};

/** Read a command line, the words after the program's name. */
export const parse = <O extends Options>(
  spec: Spec<O>,
  words: readonly string[],
  print: (text: string) => void,
): E.Either<ProxpropError, Parsed<O>> => {
  const program = new Command(spec.name)
    .description(spec.description)
    .exitOverride()
    .configureOutput({ writeOut: print, writeErr: () => undefined })
    .allowExcessArguments(false);
  const flags = Object.entries(spec.options).map(([name, { placeholder, fallback, help }]) => ({
    name,
    flag:
      placeholder === ''
        ? new Flag(`--${name}`, help)
        : new Flag(`--${name} <${placeholder}>`, `${help} (default: ${fallback === '' ? 'none' : fallback})`),
  }));
  for (const { flag } of flags) program.addOption(flag);
  program.option('--trace', 'show the stacks behind a failure (or PROXPROP_TRACE=1)');
  if (spec.argument !== undefined)
    program.argument(`[${spec.argument.name}]`, `${spec.argument.help} (default: ${spec.argument.fallback})`);
  try {
    program.parse([...words], { from: 'user' });
  } catch (thrown) {
    if (!(thrown instanceof CommanderError)) throw thrown;
    return thrown.code === 'commander.helpDisplayed'
      ? E.right({ tag: 'help' })
      : E.left(usage(thrown.message));
  }
  // Commander stores `--learning-rate` as `learningRate`.
  const raw = flags.map(({ name, flag }): [string, unknown] => [
    name,
    program.getOptionValue(flag.attributeName()),
  ]);
  const values = decodeOptions(spec, Object.fromEntries(raw));
  return E.isLeft(values)
    ? values
    : E.right({
        tag: 'run',
        values: values.right,
        argument: program.args[0] ?? spec.argument?.fallback ?? '',
      });
};

/**
 * Run an example: parse, decode, do, and end with an exit code (`EXIT`, or 0); every failure is one line on
 * stderr.
 *
 * @example
 * runExample({ name: 'show', description: 'Show the seed.', options: { seed: options.seed() } }, ({ seed }) =>
 *   TE.fromIO(() => console.log(seed)),
 * );
 */
export const runExample = <O extends Options>(
  spec: Spec<O>,
  main: (values: Values<O>, argument: string) => TE.TaskEither<ProxpropError, void>,
): void => {
  runMain(async () => {
    const parsed = parse(spec, process.argv.slice(2), (line) => process.stdout.write(line));
    if (E.isLeft(parsed)) {
      stop(EXIT.usage, describe(parsed.left));
      return;
    }
    if (parsed.right.tag === 'help') return;
    const { values, argument } = parsed.right;
    const result = await main(values, argument)();
    if (E.isLeft(result)) stop(EXIT.failure, told(result.left));
  });
};
