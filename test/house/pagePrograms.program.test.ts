/**
 * The code of pages compiles, runs, and prints what the page says. `PAGES=write npx vitest run test/house/pagePrograms` writes into the
 * pages what their blocks print.
 */
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { format } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { right } from '../support';
import { batchNorm, chain, Key, linear, relu, saveWeights, start } from '../../src';
import { writeExampleFiles } from './exampleFiles';
import { blocksOf, faultsOf, MARK, onSources, pagesWithCode, programOf, withOutputs } from './pagePrograms';
import { root, textOf } from './pages';

const pages = pagesWithCode()
  .map((page) => ({ page, blocks: blocksOf(textOf(page)) }))
  .filter(({ blocks }) => blocks.length > 0);

const writes = process.env['PAGES'] === 'write';

const mutant = "import { nesterov } from 'proxprop';\nnesterov('1', 0.95);\nexport {};\n";

describe('the code of pages compiles', () => {
  let faults: ReturnType<typeof faultsOf> = {};
  beforeAll(() => {
    faults = faultsOf({
      mutant,
      ...Object.fromEntries(pages.map(({ page, blocks }) => [page, programOf(blocks)])),
    });
  });
  it.each(pages)('$page', ({ page }) => {
    expect(faults[page]).toEqual([]);
  });
  it('a mistake in it is found', () => {
    expect(faults['mutant']?.join('\n')).toContain("'string' is not assignable");
  });
});

/** What each block of a program prints, as Node prints it. */
const printedBy = async (path: string): Promise<readonly string[]> => {
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  const wrong = vi.spyOn(console, 'error').mockImplementation(() => undefined);
  try {
    await import(/* @vite-ignore */ path);
    expect(wrong.mock.calls).toEqual([]);
    return log.mock.calls
      .map((values) => (values[0] === MARK ? MARK : `${format(...(values as [unknown]))}\n`))
      .join('')
      .split(MARK);
  } finally {
    log.mockRestore();
    wrong.mockRestore();
  }
};

describe('the code of pages prints what they say', () => {
  const folder = join(root, 'runs', `pages-${process.pid}`);
  const home = process.cwd();
  let files = '';
  beforeAll(async () => {
    mkdirSync(folder, { recursive: true });
    files = realpathSync(mkdtempSync(join(tmpdir(), 'proxprop-pages-')));
    writeExampleFiles(files);
    symlinkSync(join(root, 'examples', 'data', 'fashion-mnist'), join(files, 'data', 'fashion-mnist'));
    process.chdir(files);
    // What examples/training.md begins from.
    right(await start('wasm')());
    const other = chain(linear(784, 256), batchNorm(256), relu(256), linear(256, 5));
    right(await saveWeights('runs/other.safetensors', other.init(Key.key(9)))());
  });
  afterAll(() => {
    process.chdir(home);
    rmSync(files, { recursive: true });
    rmSync(folder, { recursive: true });
  });

  it.each(pages)('$page', async ({ page, blocks }) => {
    const path = join(folder, `${page.replace(/\W/g, '_')}.ts`);
    writeFileSync(path, onSources(programOf(blocks, true)));
    const printed = await printedBy(path);
    if (writes) writeFileSync(join(root, page), withOutputs(textOf(page), printed));
    else expect(printed).toEqual(blocks.map(({ output }) => output));
  });

  it('a program that prints something else is found', async () => {
    const [block] = blocksOf('```ts\nconsole.log(1 + 1);\n```\n\n```output\n3\n```\n');
    if (block === undefined) throw new Error('no block');
    const path = join(folder, 'mutant.ts');
    writeFileSync(path, programOf([block], true));
    expect(await printedBy(path)).toEqual(['2\n']);
    expect(block.output).toBe('3\n');
  });
});

it('outputs are read and written behind their blocks', () => {
  const text =
    'a\n\n```ts\nf();\n```\n\n```output\nold\n```\n\nb\n\n```ts\ng();\n```\n\nc\n\n```output\nfar\n```\n';
  expect(blocksOf(text).map(({ code, output }) => [code, output])).toEqual([
    ['f();\n', 'old\n'],
    ['g();\n', ''],
  ]);
  expect(withOutputs(text, ['', 'new\n'])).toBe(
    'a\n\n```ts\nf();\n```\n\nb\n\n```ts\ng();\n```\n\n```output\nnew\n```\n\nc\n\n```output\nfar\n```\n',
  );
  expect(withOutputs(text, ['old\n', ''])).toBe(text);
});
