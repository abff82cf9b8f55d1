/** Parsers of a command line's texts, each of which names the option and what it should have been. */
import { Option } from 'commander';
import { type Backend, backends, defaultBackend, fail, type Threads } from '../src';

/** The largest seed, and more cases than anyone has. */
const MOST = 2 ** 31 - 1;

const shown = (text: string): string => (text === '' ? 'an empty text' : text);

/** A whole number of at least `least`. */
export const parseWhole =
  (option: string, least: number) =>
  (text: string): number => {
    const n = /^[+-]?\d+$/.test(text.trim()) ? Number(text) : Number.NaN;
    if (n > MOST) return fail('options', option, `a whole number of at most ${MOST}`, shown(text));
    // Adding 0 turns -0 into 0.
    return n >= least ? n + 0 : fail('options', option, `a whole number of at least ${least}`, shown(text));
  };

/** A finite number above 0. */
export const parsePositive =
  (option: string) =>
  (text: string): number => {
    const n = text.trim() === '' ? Number.NaN : Number(text);
    return n > 0 && Number.isFinite(n) ? n : fail('options', option, 'a positive number', shown(text));
  };

/** One of some names. */
export const oneOfNames =
  <N extends string>(option: string, names: readonly N[]) =>
  (text: string): N =>
    names.find((name) => name === text) ?? fail('options', option, `one of ${names.join(', ')}`, shown(text));

/** A word, or a whole number of at least 1. */
export const wordOrWhole =
  <W extends string>(option: string, word: W) =>
  (text: string): W | number => {
    const n = /^\d+$/.test(text.trim()) ? Number(text) : 0;
    if (text === word) return word;
    return n >= 1 && n <= MOST
      ? n
      : fail('options', option, `${word}, or a whole number of at least 1`, shown(text));
  };

/** A folder or a file, which has a name. */
export const path =
  (option: string, what: string) =>
  (text: string): string =>
    text === '' ? fail('options', option, what, 'an empty text') : text;

/** What several commands ask for, each with its parser and its default. */
export const flags = {
  backend: () =>
    new Option('--backend <name>', `what computes: ${backends.join(', ')}`)
      .argParser<Backend>(oneOfNames('--backend', backends))
      .default(defaultBackend),
  threads: () =>
    new Option('--threads <n>', 'threads of wasm; all: one for each physical core')
      .argParser<Threads>(wordOrWhole('--threads', 'all'))
      .default('all'),
  workers: () =>
    new Option('--workers <n>', 'trainings at the same time, which share the threads; auto: as configured')
      .argParser<'auto' | number>(wordOrWhole('--workers', 'auto'))
      .default('auto'),
  data: () =>
    new Option('--data <dir>', 'folder of the datasets; without it, what is missing is downloaded into data/')
      // A variable that is set to nothing names none.
      .argParser<string | undefined>((text) => (text === '' ? undefined : text))
      .env('PROXPROP_DATA'),
  queue: () =>
    new Option(
      '--queue <url>',
      'address of the Redis server of a queue: redis://HOST, or rediss://HOST for TLS',
    ).argParser<string>(path('--queue', 'redis://HOST')),
  store: () =>
    new Option(
      '--store <place>',
      'where checkpoints and results lie: redis, a folder that all machines see, s3://BUCKET',
    )
      .argParser<string>(path('--store', 'redis, a folder or s3://BUCKET'))
      .default('redis'),
  out: (help: string) => new Option('--out <dir>', help).argParser<string>(path('--out', 'a folder')),
  seed: () =>
    new Option('--seed <n>', 'seed of all random numbers')
      .argParser<number>(parseWhole('--seed', 0))
      .default(1),
  cases: () =>
    new Option('--cases <n>', 'random cases of each law')
      .argParser<number>(parseWhole('--cases', 1))
      .default(100),
  json: () => new Option('--json', 'print JSON on stdout, for programs'),
  trace: () => new Option('--trace', 'show the stacks behind a failure (or PROXPROP_TRACE=1)'),
} as const;
