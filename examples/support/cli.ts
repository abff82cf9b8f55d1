/** The command line of the examples: the same options, the same errors, the same exit codes everywhere. */
import { join } from 'node:path';
import { Command, CommanderError, Option as Flag } from 'commander';
import * as E from 'fp-ts/Either';
import type * as TE from 'fp-ts/TaskEither';
import {
  attempt,
  type Backend,
  backends,
  defaultBackend,
  describe,
  error,
  fail,
  type ProxpropError,
  type Threads,
} from '../../src';
import { EXIT as CODES } from '../../cli/exit';
import { oneOfNames, path, parsePositive, parseWhole, wordOrWhole } from '../../cli/parsers';
import { runMain, stop, failureText } from '../../cli/process';

/** An option: how its text is read, which text stands for it when it is absent, and what `--help` says. */
export interface Option<A> {
  /** Throws a `Fault` `options` that names the option. */
  readonly parse: (option: string) => (text: string) => A;
  readonly fallback: string;
  readonly placeholder: string;
  readonly help: string;
}

const option = <A>(
  parse: (option: string) => (text: string) => A,
  placeholder: string,
  fallback: string,
  help: string,
): Option<A> => ({ parse, placeholder, fallback, help });

const wholeFrom =
  (least: number) =>
  (name: string): ((text: string) => number) =>
    parseWhole(name, least);

const text = () => (written: string) => written;

const folder = (name: string) => path(name, 'a folder');

const yes = (name: string) => (written: string) =>
  written === 'true' || (written !== 'false' && fail('options', name, 'no value', written));

/** Names with commas between them. */
const namesOf =
  <N extends string>(names: readonly N[]) =>
  (name: string): ((written: string) => readonly N[]) => {
    const one = oneOfNames(name, names);
    return (written) => written.split(',').map((word) => one(word.trim()));
  };

/** Where the subset of Fashion-MNIST that comes with the repository lies. */
export const embeddedData = join(__dirname, '..', 'data', 'fashion-mnist');

/** The folder that the environment names; a variable that is set to nothing names none. */
const dataFolder = (): string => {
  const named = process.env['PROXPROP_DATA'];
  return named === undefined || named === '' ? embeddedData : named;
};

/** The options that examples share, each with its default. */
export const options = {
  backend: (fallback: Backend = defaultBackend) =>
    option((name) => oneOfNames(name, backends), 'name', fallback, `what computes: ${backends.join(', ')}`),
  threads: () =>
    option(
      (name): ((text: string) => Threads) => wordOrWhole(name, 'all'),
      'n',
      'all',
      'threads of wasm; all: one for each physical core',
    ),
  seed: () => option(wholeFrom(0), 'n', '1', 'seed of all random numbers'),
  epochs: (fallback: number) => option(wholeFrom(0), 'n', String(fallback), 'passes over the training data'),
  seconds: (fallback: number) =>
    option(parsePositive, 's', String(fallback), 'seconds of training for each run'),
  examples: (fallback: number) =>
    option(
      wholeFrom(1),
      'n',
      String(fallback),
      'training examples: the first of the set, and a quarter as many to test on',
    ),
  batch: (fallback: number) => option(wholeFrom(1), 'n', String(fallback), 'examples in a batch'),
  data: () =>
    option(
      folder,
      'dir',
      dataFolder(),
      'folder of the four Fashion-MNIST files, plain or gzipped (or the variable PROXPROP_DATA)',
    ),
  /** Some of the names that there are. */
  names: <N extends string>(what: string, names: readonly N[], fallback: readonly N[]) =>
    option(
      namesOf(names),
      'names',
      fallback.join(','),
      `${what}, with commas between them, of ${names.join(', ')}`,
    ),
  text: (placeholder: string, help: string) => option(text, placeholder, '', help),
  flag: (help: string) => option(yes, '', 'false', help),
  file: (help: string) => option(text, 'file', '', help),
  out: (name: string) => option(folder, 'dir', join('runs', name), 'folder for the results'),
  tolerance: (fallback: number) =>
    option(parsePositive, 'x', String(fallback), 'largest relative error that passes'),
} as const;

type Options = { readonly [name: string]: Option<unknown> };
export type Values<O extends Options> = {
  readonly [K in keyof O]: O[K] extends Option<infer A> ? A : never;
};

interface Spec<O extends Options> {
  readonly name: string;
  readonly description: string;
  readonly options: O;
  /** An optional argument without a name, and its default. */
  readonly argument?: { readonly name: string; readonly fallback: string; readonly help: string };
}

/**
 * Decode the texts of a command line, by the names of their options. Options that are absent take their defaults;
 * the first bad one is the error, tag `options`. Needs no process.
 *
 * @example decodeOptions({ name: 'x', description: '', options: { seed: options.seed() } }, { seed: '7' })
 */
export const decodeOptions = <O extends Options>(
  spec: Spec<O>,
  raw: { readonly [name: string]: unknown },
): E.Either<ProxpropError, Values<O>> =>
  attempt(() => {
    const decoded = Object.entries(spec.options).map(([name, { parse: read, fallback }]) => {
      const given = raw[name];
      // A flag that is there has no text.
      const written = given === true ? 'true' : typeof given === 'string' ? given : fallback;
      return [name, read(`--${name}`)(written)] as const;
    });
    // Each entry was read by the parser of its own name just above, which is what `Values` says.
    return Object.fromEntries(decoded) as Values<O>;
  });

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
    if (E.isLeft(result)) stop(EXIT.failure, failureText(result.left));
  });
};
