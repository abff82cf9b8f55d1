/** The code of pages: the `ts` blocks of a page, one after another, are one program, and an `output` block behind one is what it prints. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { faultsOfFiles } from './compiler';
import { root } from './pages';

export interface PageBlock {
  readonly code: string;
  /** What the page says that it prints. */
  readonly output: string;
  /** Where the block ends in the text of the page, and where its output does. */
  readonly end: number;
  readonly outputEnd: number;
}

const BLOCK = /^```ts\n([\s\S]*?)^```$/gm;
const OUTPUT = /^\n\n```output\n([\s\S]*?)^```$/m;

export const blocksOf = (text: string): readonly PageBlock[] =>
  [...text.matchAll(BLOCK)].map((found) => {
    const end = found.index + found[0].length;
    const behind = OUTPUT.exec(text.slice(end));
    // It stands directly behind the block.
    const told = behind?.index === 0 ? behind : undefined;
    return {
      code: found[1] ?? '',
      output: told?.[1] ?? '',
      end,
      outputEnd: end + (told?.[0].length ?? 0),
    };
  });

/** The text of a page with other outputs, by the number of the block. */
export const withOutputs = (text: string, outputs: readonly string[]): string => {
  let from = 0;
  const parts = blocksOf(text).map(({ end, outputEnd }, i) => {
    const output = outputs[i] ?? '';
    const part = text.slice(from, end) + (output === '' ? '' : `\n\n\`\`\`output\n${output}\`\`\``);
    from = outputEnd;
    return part;
  });
  return parts.join('') + text.slice(from);
};

/** Between what two blocks print. */
export const MARK = '\u0000block';

/** One module of all blocks; each but the last is followed by a mark. */
export const programOf = (blocks: readonly PageBlock[], marked = false): string =>
  `${blocks.map(({ code }) => code).join(marked ? `\nconsole.log('${MARK}');\n` : '\n')}\nexport {};\n`;

const ENTRIES = {
  proxprop: 'src/index.ts',
  'proxprop/laws': 'laws/index.ts',
  'proxprop/experiment': 'src/experiment/index.ts',
  'proxprop/report': 'src/report/index.ts',
  'proxprop/data': 'src/data/index.ts',
};

/** The program with the sources in place of the package, for a module in a folder two below the root. */
export const onSources = (program: string): string =>
  program.replace(/from '(proxprop[/a-z]*)'/g, (whole, entry: string) => {
    const file = Object.entries(ENTRIES).find(([name]) => name === entry)?.[1];
    return file === undefined ? whole : `from '../../${file.replace(/\.ts$/, '')}'`;
  });

/** What the compiler says of programs of another package, where `proxprop` is this folder. */
export const faultsOf = (
  programs: Readonly<Record<string, string>>,
): Readonly<Record<string, readonly string[]>> => {
  const fileOf = (name: string): string => `${name.replace(/\W/g, '_')}.mts`;
  const texts = new Map(Object.entries(programs).map(([name, text]) => [fileOf(name), text]));
  const paths = Object.fromEntries(Object.entries(ENTRIES).map(([name, file]) => [name, [join(root, file)]]));
  const found = faultsOfFiles(texts, 'pages-compiled', { paths });
  return Object.fromEntries(Object.keys(programs).map((name) => [name, found.get(fileOf(name)) ?? []]));
};

/** The pages of the repository that a reader of the library may read. */
export const pagesWithCode = (): readonly string[] => [
  'README.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
  'examples/own-layer.md',
  'examples/step-sizes.md',
  'examples/training.md',
  'laws/README.md',
  'src/schedule/README.md',
];
