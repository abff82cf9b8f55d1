/** What users see of bad input: one line, and an exit code. Real processes, as a shell would start them. */
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
    for (const name of ['gzip', 'magic', 'short', 'long', 'count', 'label'])
      cpSync(embeddedData, data(name), { recursive: true });
    const images = 'train-images-idx3-ubyte';
    const labels = 'train-labels-idx1-ubyte';
    const whole = readFileSync(join(embeddedData, `${images}.gz`));
    writeFileSync(join(data('gzip'), `${images}.gz`), whole.subarray(0, 100_000));
    writeFileSync(join(data('magic'), images), Buffer.from('no images at all'));
    writeFileSync(join(data('short'), labels), idx([8000], Array<number>(7999).fill(1)));
    writeFileSync(join(data('long'), labels), idx([8000], Array<number>(8001).fill(1)));
    writeFileSync(join(data('count'), labels), idx([7999], Array<number>(7999).fill(1)));
    writeFileSync(join(data('label'), labels), idx([8000], Array<number>(8000).fill(10)));
    writeFileSync(data('file'), '');
    cpSync(join(root, 'test', 'golden', 'mlp-tanh.json'), join(data('label'), 'case.json'));
    writeFileSync(join(data('count'), 'case.json'), '{"name": ');
    writeFileSync(join(data('magic'), 'case.json'), '{"name": "x", "loss": "hinge"}');
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  const train = 'TMP/NAME/train-labels-idx1-ubyte';
  const at = (name: string): string => train.replace('NAME', name);
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
      'short file',
      'quickstart',
      ['--data', 'TMP/short'],
      1,
      `data error at ${at('short')}: expected 8000 values for its shape [8000], found 7999`,
    ],
    [
      'long file',
      'quickstart',
      ['--data', 'TMP/long'],
      1,
      `data error at ${at('long')}: expected 8000 values for its shape [8000], found 8001`,
    ],
    [
      'wrong count',
      'quickstart',
      ['--data', 'TMP/count'],
      1,
      `data error at ${at('count')}: expected 8000 labels, as many as images, found 7999`,
    ],
    [
      'label out of range',
      'quickstart',
      ['--data', 'TMP/label'],
      1,
      `data error at ${at('label')}[0]: expected a label in 0 … 9, found 10`,
    ],
    [
      'unknown backend',
      'quickstart',
      ['--backend', 'gpu'],
      2,
      'options error at --backend: expected one of wasm, cpu, webgpu, webgl, float64, found gpu',
    ],
    [
      'epochs that are no number',
      'quickstart',
      ['--epochs', 'ten'],
      2,
      'options error at --epochs: expected a whole number of at least 0, found ten',
    ],
    [
      'epochs that are not whole',
      'own-schedule',
      ['--epochs', '2.5'],
      2,
      'options error at --epochs: expected a whole number of at least 0, found 2.5',
    ],
    [
      'zero batch size',
      'quickstart',
      ['--batch', '0'],
      2,
      'options error at --batch: expected a whole number of at least 1, found 0',
    ],
    [
      'negative seed',
      'gradients',
      ['--seed', '-1'],
      2,
      'options error at --seed: expected a whole number of at least 0, found -1',
    ],
    [
      'no threads',
      'quickstart',
      ['--threads', '0'],
      2,
      'options error at --threads: expected all, or a whole number of at least 1, found 0',
    ],
    [
      'unknown option',
      'gradients',
      ['--rate', '1'],
      2,
      'options error at --rate: expected an option listed by --help, found another',
    ],
    [
      'option without a value',
      'quickstart',
      ['--out'],
      2,
      'options error at --out: expected a value, found nothing',
    ],
    [
      'too many words',
      'gradients',
      ['twice'],
      2,
      'options error at command line: expected what --help lists, found too many arguments. Expected 0 arguments but got 1.',
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
      'a negative tolerance',
      'golden',
      ['--tolerance', '-1'],
      2,
      'options error at --tolerance: expected a positive number, found -1',
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
