/** The command line of the examples: decoding without a process, and how a process ends. */
import { spawn } from 'node:child_process';
import { existsSync, openSync, closeSync } from 'node:fs';
import { join } from 'node:path';
import * as E from 'fp-ts/Either';
import { afterEach, describe, expect, it } from 'vitest';
import { type Backend, defaultBackend, type Threads } from '../../src';
import { decodeOptions, embeddedData, EXIT, options, parse } from '../../examples/support/cli';
import { messageOf, right } from '../support';
import { typeScript } from '../starts';

const all = () => ({
  name: 'x',
  description: 'An example.',
  options: {
    backend: options.backend(),
    threads: options.threads(),
    seed: options.seed(),
    epochs: options.epochs(3),
    batch: options.batch(100),
    data: options.data(),
    out: options.out('x'),
    tolerance: options.tolerance(1e-4),
  },
});

describe('decodeOptions', () => {
  const before = process.env['PROXPROP_DATA'];
  afterEach(() => {
    if (before === undefined) delete process.env['PROXPROP_DATA'];
    else process.env['PROXPROP_DATA'] = before;
  });

  it('gives defaults for what is absent, each of its own type', () => {
    delete process.env['PROXPROP_DATA'];
    const values = right(decodeOptions(all(), {}));
    // These annotations are checked by the compiler: types come from the codecs.
    const backend: Backend = values.backend;
    const numbers: readonly number[] = [values.seed, values.epochs, values.batch];
    const folders: readonly string[] = [values.data, values.out];
    expect(backend).toBe(defaultBackend);
    expect(numbers).toEqual([1, 3, 100]);
    const threads: Threads = values.threads;
    expect(threads).toBe('all');
    expect(folders).toEqual([embeddedData, join('runs', 'x')]);
    expect(values.tolerance).toBe(1e-4);
  });

  it('takes the folder of the data from the environment, unless it is set to nothing', () => {
    process.env['PROXPROP_DATA'] = 'elsewhere';
    expect(right(decodeOptions(all(), {})).data).toBe('elsewhere');
    expect(right(decodeOptions(all(), { data: 'here' })).data).toBe('here');
    process.env['PROXPROP_DATA'] = '';
    expect(right(decodeOptions(all(), {})).data).toBe(embeddedData);
  });

  it('reads the bounds themselves', () => {
    const seed = (text: string): number => right(decodeOptions(all(), { seed: text })).seed;
    expect([seed('0'), seed('2147483647')]).toEqual([0, 2 ** 31 - 1]);
    expect(Object.is(seed('-0'), 0)).toBe(true);
    expect(right(decodeOptions(all(), { epochs: '0', batch: '1' }))).toMatchObject({ epochs: 0, batch: 1 });
  });

  const bad: readonly (readonly [string, string, string])[] = [
    ['epochs', '2.5', 'a whole number of at least 0, found 2.5'],
    ['epochs', '1e3', 'a whole number of at least 0, found 1e3'],
    ['epochs', '', 'a whole number of at least 0, found an empty text'],
    ['batch', '0', 'a whole number of at least 1, found 0'],
    ['seed', '-1', 'a whole number of at least 0, found -1'],
    ['seed', '2147483648', 'a whole number of at most 2147483647, found 2147483648'],
    ['threads', '0', 'all, or a whole number of at least 1, found 0'],
    ['threads', 'two', 'all, or a whole number of at least 1, found two'],
    ['backend', 'gpu', 'one of wasm, cpu, webgpu, webgl, float64, found gpu'],
    ['tolerance', '-1', 'a positive number, found -1'],
    ['tolerance', 'Infinity', 'a positive number, found Infinity'],
    ['data', '', 'a folder, found an empty text'],
    ['out', '', 'a folder, found an empty text'],
  ];
  for (const [name, text, rest] of bad)
    it(`refuses --${name} "${text}"`, () => {
      expect(messageOf(decodeOptions(all(), { [name]: text }))).toBe(
        `options error at --${name}: expected ${rest}`,
      );
    });
});

describe('parse', () => {
  const silent = (): void => undefined;
  const rates = { name: 'x', description: '', options: { 'first-rate': options.tolerance(1) } };

  it('reads options whose names have several words', () => {
    expect(parse(rates, ['--first-rate', '3'], silent)).toEqual(
      E.right({ tag: 'run', values: { 'first-rate': 3 }, argument: '' }),
    );
  });

  it('reads an argument, or its default', () => {
    const spec = { ...rates, argument: { name: 'dir', fallback: 'there', help: 'a folder' } };
    expect(parse(spec, ['here'], silent)).toMatchObject({ right: { argument: 'here' } });
    expect(parse(spec, [], silent)).toMatchObject({ right: { argument: 'there' } });
  });

  it('prints help, with defaults', () => {
    let text = '';
    expect(parse(all(), ['--help'], (part) => (text += part))).toEqual(E.right({ tag: 'help' }));
    expect(text).toContain('An example.');
    expect(text).toContain('--epochs <n>');
    expect(text).toContain('(default: 3)');
  });

  const bad: readonly (readonly [readonly string[], string])[] = [
    [['--rate', '1'], '--rate: expected an option listed by --help, found another'],
    [['--sede', '1'], '--sede: expected an option listed by --help, found another'],
    [['--seed'], '--seed: expected a value, found nothing'],
    [
      ['more'],
      'command line: expected what --help lists, found too many arguments. Expected 0 arguments but got 1.',
    ],
  ];
  for (const [words, line] of bad)
    it(`refuses ${words.join(' ')}`, () => {
      expect(messageOf(parse(all(), words, silent))).toBe(`options error at ${line}`);
    });
});

interface Ended {
  readonly code: number | null;
  readonly stderr: string;
}

/** Run an example whose main is this JavaScript; `stdout` is a descriptor, or a pipe that is closed at once. */
const runMain = (
  main: string,
  stdout: number | 'closed' | 'ignore' = 'ignore',
  words: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): Promise<Ended> =>
  new Promise((resolve, reject) => {
    const script = `require('./examples/support/cli').runExample({ name: 'x', description: 'x', options: {} }, ${main})`;
    const child = spawn(process.execPath, [...typeScript, '-e', script, '--', 'x', ...words], {
      cwd: join(__dirname, '..', '..'),
      env: { ...process.env, PROXPROP_TRACE: '', ...env },
      stdio: ['ignore', stdout === 'closed' ? 'pipe' : stdout, 'pipe'],
    });
    let stderr = '';
    child.stdout?.destroy();
    child.stderr?.on('data', (part: Buffer) => (stderr += part.toString()));
    child.on('error', reject);
    child.on('close', (code) => {
      resolve({ code, stderr });
    });
  });

const RIGHT = `({ _tag: 'Right', right: undefined })`;

describe('runExample', () => {
  it('ends with 0 and without a word', async () => {
    expect(await runMain(`() => async () => ${RIGHT}`)).toEqual({ code: 0, stderr: '' });
  });

  it('ends with one line for a failure', async () => {
    const left = `{ _tag: 'file', path: 'p', expected: 'a', found: 'b\\n c' }`;
    expect(await runMain(`() => async () => ({ _tag: 'Left', left: ${left} })`)).toEqual({
      code: EXIT.failure,
      stderr: 'file error at p: expected a, found b c\n',
    });
  });

  const defects: readonly (readonly [string, string])[] = [
    ['before its task', `() => { throw new Error('a\\n b'); }`],
    ['inside its task', `() => async () => { throw new Error('a\\n b'); }`],
    [
      'beside its task',
      `() => async () => {
        setTimeout(() => { throw new Error('a\\n b'); }, 1);
        await new Promise((done) => setTimeout(done, 5000));
        return ${RIGHT};
      }`,
    ],
    ['as a rejection that nobody awaits', `() => async () => (Promise.reject(new Error('a b')), ${RIGHT})`],
  ];
  for (const [where, main] of defects)
    it(`ends with one line for a defect ${where}`, async () => {
      expect(await runMain(main)).toEqual({
        code: EXIT.defect,
        stderr: 'internal error: a b; please report it\n',
      });
    });

  // A failure whose cause has a place, and a cause of its own; a defect.
  const failing = `() => async () => {
    const cause = new Error('outer', { cause: new TypeError('inner') });
    return { _tag: 'Left', left: { _tag: 'layer', path: 'p', expected: 'a', found: 'b', cause } };
  }`;
  const line = 'layer error at p: expected a, found b';
  const stack = /\ncaused by Error: outer\n at .*\[eval\]:2[^]*\ncaused by TypeError: inner\n at /;
  const traces: readonly (readonly [string, readonly string[], NodeJS.ProcessEnv, boolean])[] = [
    ['nothing', [], {}, false],
    ['--trace', ['--trace'], {}, true],
    ['PROXPROP_TRACE=1', [], { PROXPROP_TRACE: '1' }, true],
    ['PROXPROP_TRACE=0', [], { PROXPROP_TRACE: '0' }, false],
  ];
  it.each(traces)('shows the stacks behind a failure as asked for by %s', async (_, words, env, shown) => {
    const { code, stderr } = await runMain(failing, 'ignore', words, env);
    expect(code).toBe(EXIT.failure);
    expect(stderr.split('\n')[0]).toBe(line);
    if (shown) expect(stderr).toMatch(stack);
    else expect(stderr).toBe(`${line}\n`);
  });

  it('shows the stack of a defect on request', async () => {
    const { code, stderr } = await runMain(`() => { throw new Error('a b'); }`, 'ignore', ['--trace']);
    expect(code).toBe(EXIT.defect);
    expect(stderr).toMatch(/^internal error: a b; please report it\ncaused by Error: a b\n at /);
  });

  const talk = `() => async () => {
    for (let i = 0; i < 100; i += 1) {
      console.log('x'.repeat(10000));
      await new Promise((done) => setTimeout(done, 1));
    }
    return ${RIGHT};
  }`;

  it('ends quietly when nobody reads on', async () => {
    expect(await runMain(talk, 'closed')).toEqual({ code: 0, stderr: '' });
  });

  it.skipIf(!existsSync('/dev/full'))('ends with one line when stdout is full', async () => {
    const full = openSync('/dev/full', 'w');
    try {
      expect(await runMain(talk, full)).toEqual({
        code: EXIT.failure,
        stderr: 'file error at stdout: expected a place that can be written, found ENOSPC\n',
      });
    } finally {
      closeSync(full);
    }
  });
});
