/** Command lines that are not understood: the exact line that the user reads. Nothing is run. */
import * as E from 'fp-ts/Either';
import { describe, expect, it } from 'vitest';
import { parseCommand } from '../../cli/program';
import { officialSources } from '../../src';
import { textOf } from '../house/pages';
import { messageOf } from '../support';

const silent = (): void => undefined;

describe('a command line that is not understood', () => {
  const lines: readonly (readonly [string, string])[] = [
    ['', 'proxprop: expected one of demo, run, worker, queue, report, data, laws, info, found nothing'],
    ['trian', 'proxprop: expected one of run, data, demo, worker, queue, laws, info, report, found trian'],
    ['--verbose', '--verbose: expected one of --version, --help, found another option'],
    ['run', 'CONFIG: expected what proxprop run --help shows, found nothing'],
    [
      'run a.json --worker 2',
      '--worker: expected one of --workers, --store, --out, --queue, --backend, --trace, --resume, --dry-run, --data, --threads, --json, --help, --attempts, found another option',
    ],
    [
      'run a.json b.json',
      "proxprop run: expected what proxprop run --help shows, found too many arguments for 'run'. Expected 1 argument but got 2.",
    ],
    ['run a.json --workers 0', '--workers: expected auto, or a whole number of at least 1, found 0'],
    ['run a.json --workers', '--workers: expected a value, found nothing'],
    ['run a.json --threads two', '--threads: expected all, or a whole number of at least 1, found two'],
    ['run a.json --backend gpu', '--backend: expected one of wasm, cpu, webgpu, webgl, float64, found gpu'],
    ['report', 'FOLDER: expected what proxprop report --help shows, found nothing'],
    ['queue', 'proxprop queue: expected one of status, pause, resume, drain, found nothing'],
    ['queue stop', 'proxprop queue: expected one of status, pause, resume, drain, found stop'],
    ['run a.json --attempts 0', '--attempts: expected a whole number of at least 1, found 0'],
    ['worker --lock 0', '--lock: expected a positive number, found 0'],
    ['worker --queue', '--queue: expected a value, found nothing'],
    ['data', 'proxprop data: expected one of get, found nothing'],
    ['data put usps', 'proxprop data: expected one of get, found put'],
    ['data get', 'NAME: expected what proxprop data get --help shows, found nothing'],
    ['laws own.js --cases 0', '--cases: expected a whole number of at least 1, found 0'],
    ['laws own.js --cases 2.5', '--cases: expected a whole number of at least 1, found 2.5'],
    ['demo --seed -1', '--seed: expected a whole number of at least 0, found -1'],
    ['demo --seed 2147483648', '--seed: expected a whole number of at most 2147483647, found 2147483648'],
    [
      'info now',
      "proxprop info: expected what proxprop info --help shows, found too many arguments for 'info'. Expected 0 arguments but got 1.",
    ],
  ];
  it.each(lines)('%s', (words, line) => {
    const parsed = parseCommand(
      words.split(' ').filter((word) => word !== ''),
      silent,
    );
    expect(messageOf(parsed)).toBe(`options error at ${line}`);
  });

  it('names an option without a text', () => {
    expect(messageOf(parseCommand(['demo', '--out', ''], silent))).toBe(
      'options error at --out: expected a folder, found an empty text',
    );
  });
});

describe('help', () => {
  const helpOf = (...words: readonly string[]): string => {
    let text = '';
    expect(parseCommand([...words, '-h'], (part) => (text += part))).toEqual(E.right(undefined));
    return text;
  };

  it.each([
    [[], ['Exit codes: 0 fine; 1 a run that failed', 'demo', 'report', 'laws']],
    [['demo'], ['Examples:', '--seed', '(default: 1)']],
    [['run'], ['--resume', '--dry-run', '--workers', 'PROXPROP_DATA', '$ proxprop run quick.json --resume']],
    [
      ['worker'],
      [
        '--module <file>',
        'never code from the queue',
        'PROXPROP_REDIS_PASSWORD',
        '$ proxprop worker --queue',
      ],
    ],
    [
      ['queue', 'drain'],
      ['--all', '--queue <url>'],
    ],
    [['report'], ['<folder>', 'Nothing is trained']],
    [
      ['data', 'get'],
      [Object.keys(officialSources).join(', '), '--out'],
    ],
    [['laws'], ['<module>', '--cases', 'Ends with 4']],
    [['info'], ['relaxed SIMD', '--json']],
  ] as const)('of %j can be learned from', (words, parts) => {
    const text = helpOf(...words);
    for (const part of parts) expect(text.replace(/\s+/g, ' ')).toContain(part);
  });

  it('shows the version', () => {
    let text = '';
    expect(parseCommand(['--version'], (part) => (text += part))).toEqual(E.right(undefined));
    expect(text).toMatch(/^\d+\.\d+\.\d+/);
  });
});

/** The command lines of a page: in blocks, in services, and as code in its text. */
const commandsIn = (page: string): readonly string[] =>
  page
    // A line that goes on in the next.
    .replace(/\\\n\s*/g, '')
    .split('\n')
    .flatMap((line) => [
      ...line.matchAll(
        /(?:^(?:exec )?npx |\.bin\/|`|-e PROXPROP_REDIS_PASSWORD )proxprop(?:-worker)? ([^`#]*)/g,
      ),
    ])
    .map(([found, words = '']) => (found.includes('proxprop-worker') ? `worker ${words}` : words).trim());

describe('the page on several machines', () => {
  const page = textOf('examples/machines/README.md');
  const commands = commandsIn(page);

  it('has the commands of a service, a container and a Slurm array', () => {
    expect(commands.length).toBeGreaterThanOrEqual(11);
    for (const word of ['s3://experiments/grid', '$SLURM_CPUS_PER_TASK', 'rediss://head --threads 4'])
      expect(commands.filter((command) => command.includes(word)).length).toBeGreaterThan(0);
  });

  it.each(commands.filter((command) => command !== 'run CONFIG'))('proxprop %s', (command) => {
    // As a shell would: quotes go, variables have a value.
    const words = command
      .replace(/\$\{?\w+(:-[^}]*)?\}?/g, '4')
      .replaceAll('"', '')
      .split(/\s+/);
    expect(E.isRight(parseCommand(words, silent))).toBe(true);
  });

  it('would be told of an option that is gone', () => {
    expect(E.isLeft(parseCommand(['worker', '--queue', 'redis://head', '--thread', '4'], silent))).toBe(true);
  });
});
