/**
 * What users see of bad input: one line, and an exit code. Real processes, as a shell would start them: one for each way that a line
 * takes. `cli.program.test.ts` has the options, and the tests of `data` the files, one by one.
 */
import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { embeddedData } from '../../examples/support/cli';
import { idx } from '../data/idx';
import { typeScript } from '../starts';

const root = join(__dirname, '..', '..');

interface Ended {
  readonly code: number;
  readonly stderr: string;
}

/** Run an example; paths of the temporary folder are shown as TMP. */
const example = (name: string, words: readonly string[], folder: string): Promise<Ended> =>
  new Promise((resolve) => {
    const args = [...typeScript, join('examples', `${name}.ts`), ...words];
    execFile(process.execPath, args, { cwd: root }, (problem, _stdout, stderr) => {
      const code = problem === null ? 0 : typeof problem.code === 'number' ? problem.code : -1;
      resolve({ code, stderr: stderr.trimEnd().replaceAll(folder, 'TMP') });
    });
  });

describe('bad input', () => {
  let folder = '';
  const data = (name: string): string => join(folder, name);
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'proxprop-bad-'));
    for (const name of ['gzip', 'magic', 'count', 'label'])
      cpSync(embeddedData, data(name), { recursive: true });
    const images = 'train-images-idx3-ubyte';
    const labels = 'train-labels-idx1-ubyte';
    const whole = readFileSync(join(embeddedData, `${images}.gz`));
    writeFileSync(join(data('gzip'), `${images}.gz`), whole.subarray(0, 100_000));
    writeFileSync(join(data('magic'), images), Buffer.from('no images at all'));
    writeFileSync(join(data('label'), labels), idx([8000], Array<number>(8000).fill(10)));
    writeFileSync(data('file'), '');
    cpSync(join(root, 'test', 'golden', 'mlp-tanh.json'), join(data('label'), 'case.json'));
    writeFileSync(join(data('count'), 'case.json'), '{"name": ');
    writeFileSync(join(data('magic'), 'case.json'), '{"name": "x", "loss": "hinge"}');
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  const cases: readonly (readonly [string, string, readonly string[], number, string])[] = [
    [
      'results of a folder without runs',
      'paper/results',
      ['TMP/gzip', '--out', 'TMP/out'],
      1,
      'file error at TMP/gzip: expected folders of runs that have ended: limits, robustness, safe, cifar-mlp, cifar-convnet, usps-autoencoder, related-methods, found none',
    ],
    [
      'findings of a folder without runs',
      'paper/findings',
      ['TMP/gzip', '--out', 'TMP/out'],
      1,
      'file error at TMP/gzip: expected folders of runs that have ended, found none',
    ],
    [
      'a place for figures below a file',
      'bench/index',
      ['--out', 'TMP/out', '--json', 'TMP/file/figures.json'],
      1,
      'file error at TMP/file/figures.json: expected a place that can be written, found EEXIST',
    ],
    // A folder that is there and takes none: Node's own `recursive` would wait for it without end.
    ...(existsSync('/proc/self')
      ? ([
          [
            'a place for figures below a folder that takes none',
            'bench/index',
            ['--out', 'TMP/out', '--json', '/proc/none/figures.json'],
            1,
            'file error at /proc/none/figures.json: expected a place that can be written, found no such file',
          ],
        ] as const)
      : []),
    [
      'a section that the bench has not',
      'bench/index',
      ['--sections', 'networks,speed'],
      2,
      'options error at --sections: expected one of products, networks, convolutions, branching, scaling, threads, pytorch, elsewhere, memory, seconds, found speed',
    ],
    [
      'figures of a run that are missing',
      'bench/index',
      ['--record', 'TMP/none.json', '--out', 'TMP/out'],
      1,
      'file error at TMP/none.json: expected a file that can be read, found no such file',
    ],
    [
      'missing data',
      'quickstart',
      ['--data', 'TMP/none'],
      1,
      'file error at TMP/none/train-images-idx3-ubyte.gz: expected a file that can be read, found no such file',
    ],
    [
      'truncated gzip',
      'quickstart',
      ['--data', 'TMP/gzip'],
      1,
      'data error at TMP/gzip/train-images-idx3-ubyte.gz: expected a whole gzip file, found unexpected end of file',
    ],
    [
      'wrong magic',
      'quickstart',
      ['--data', 'TMP/magic'],
      1,
      'data error at TMP/magic/train-images-idx3-ubyte: expected the magic number of an IDX file, such as 0x00000803, found 0x6e6f2069',
    ],
    [
      'label out of range',
      'quickstart',
      ['--data', 'TMP/label'],
      1,
      'data error at TMP/label/train-labels-idx1-ubyte[0]: expected a label in 0 … 9, found 10',
    ],
    [
      'unknown backend',
      'quickstart',
      ['--backend', 'gpu'],
      2,
      'options error at --backend: expected one of wasm, cpu, webgpu, webgl, float64, found gpu',
    ],
    [
      'unknown option',
      'gradients',
      ['--rate', '1'],
      2,
      'options error at --rate: expected an option listed by --help, found another',
    ],
    [
      'missing folder',
      'golden',
      ['TMP/none'],
      1,
      'file error at TMP/none: expected a folder that can be read, found no such folder',
    ],
    [
      'folder without cases',
      'golden',
      ['TMP/gzip'],
      1,
      'file error at TMP/gzip: expected a folder with *.json files, found none',
    ],
    [
      'broken JSON',
      'golden',
      ['TMP/count'],
      1,
      'data error at TMP/count: expected every case within 0.0001, found 1 of 1 that are not',
    ],
    [
      'another file',
      'golden',
      ['TMP/magic'],
      1,
      'data error at TMP/magic: expected every case within 0.0001, found 1 of 1 that are not',
    ],
    [
      'a place that cannot be written',
      'quickstart',
      ['--epochs', '0', '--out', 'TMP/file'],
      1,
      'file error at TMP/file: expected a place that can be written, found EEXIST',
    ],
  ];
  for (const [name, program, words, code, line] of cases)
    it(name, async () => {
      const ended = await example(
        program,
        words.map((word) => word.replace('TMP', folder)),
        folder,
      );
      // The last line: a run of no epochs reports its runs first.
      expect({ ...ended, stderr: ended.stderr.split('\n').at(-1) }).toEqual({ code, stderr: line });
      if (name !== 'a place that cannot be written') expect(ended.stderr).toBe(line);
    });
});
