/**
 * The reference of the site: one page for each part of the library, with all public names of it. The entries export names by folder, so
 * the parts are those folders: a module for each is written to runs/reference, and TypeDoc makes a page of it.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { Application } from 'typedoc';
import ts from 'typescript';
import { root } from '../../src/package/twins.mjs';

/** The parts, by the folder that declares a name; the first one that fits. */
const PARTS = [
  ['layers', 'Layers', /^src\/(layer|repeat)/],
  ['losses', 'Losses', /^src\/loss\//],
  ['training', 'Training', /^src\/train\//],
  ['methods', 'Methods', /^src\/schedule\//],
  ['steps', 'Steps', /^src\/step\//],
  ['energy', 'The energy', /^src\/energy\//],
  ['solvers', 'Solvers', /^src\/solver\//],
  ['optimizers', 'Optimizers', /^src\/optimizer\//],
  ['examples', 'Examples and augmentation', /^src\/example\//],
  ['data', 'Datasets', /^src\/data\//],
  ['logs', 'Logs and files', /^src\/(log|disk)\//],
  ['reports', 'Reports', /^src\/report\//],
  ['backends', 'Backends', /^src\/backend\//],
  ['autodiff', 'Derivatives', /^src\/autodiff\//],
  ['core', 'Keys, trees and errors', /^src\/(core|ops)\//],
  ['experiments', 'Experiments', /^src\/(experiment|registry)\//],
  ['laws', 'Laws', /^laws\//],
  ['types', 'Types of declarations', /./],
];

const ENTRIES = {
  proxprop: 'src/index.ts',
  'proxprop/experiment': 'src/experiment/index.ts',
  'proxprop/laws': 'laws/index.ts',
};

const TYPES = 'src/types.ts';

const SOURCES = join(root, 'runs/reference');
const OUT = join(root, 'docs/reference');

/** The exports of all entries, each once: its name, its entry, and the part that it belongs to. */
const exportsOf = () => {
  const config = ts.getParsedCommandLineOfConfigFile(
    join(root, 'tsconfig.json'),
    {},
    {
      ...ts.sys,
      onUnRecoverableConfigFileDiagnostic: (d) => {
        throw new Error(ts.flattenDiagnosticMessageText(d.messageText, '\n'));
      },
    },
  );
  const files = [...Object.values(ENTRIES), TYPES].map((file) => join(root, file));
  const program = ts.createProgram(files, { ...config.options, noEmit: true });
  const checker = program.getTypeChecker();
  const seen = new Set();
  const meant = (symbol) => (symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol);
  const exportsIn = (module) => checker.getExportsOfModule(module);
  /** The exports of a file that stand nowhere else yet, those inside of namespaces among them. */
  const fresh = (file, without) =>
    exportsIn(checker.getSymbolAtLocation(program.getSourceFile(join(root, file)))).flatMap((symbol) => {
      const own = meant(symbol);
      if (seen.has(own) || symbol.name === without) return [];
      seen.add(own);
      const inside = own.flags & ts.SymbolFlags.ValueModule ? exportsIn(own).map(meant) : [];
      inside.forEach((member) => seen.add(member));
      const [declaration] = own.declarations ?? [];
      // A namespace is a module: it belongs where its file lies.
      const from = relative(root, declaration.getSourceFile().fileName);
      const [part] = PARTS.find(([, , fits]) => fits.test(from));
      return [{ name: symbol.name, file, part, count: Math.max(1, inside.length) }];
    });
  // Most types of declarations stand in the parts that make them.
  return [
    ...Object.values(ENTRIES).flatMap((file) => fresh(file, 'Types')),
    ...fresh(TYPES).map((name) => ({ ...name, part: 'types' })),
  ];
};

export const writeReference = async () => {
  for (const folder of [SOURCES, OUT]) rmSync(folder, { recursive: true, force: true });
  mkdirSync(SOURCES, { recursive: true });
  const names = exportsOf();
  const used = PARTS.filter(([id]) => names.some(({ part }) => part === id));
  for (const [id] of used) {
    const lines = [...Object.values(ENTRIES), TYPES].flatMap((file) => {
      const own = names.filter((n) => n.part === id && n.file === file).map(({ name }) => name);
      return own.length === 0
        ? []
        : [
            `export ${file === TYPES ? 'type ' : ''}{ ${own.join(', ')} } from '${relative(SOURCES, join(root, file)).replace(/\.ts$/, '')}';`,
          ];
    });
    writeFileSync(join(SOURCES, `${id}.ts`), `/** @module ${id} */\n${lines.join('\n')}\n`);
  }
  writeFileSync(
    join(SOURCES, 'tsconfig.json'),
    JSON.stringify({
      extends: '../../tsconfig.json',
      compilerOptions: { rootDir: '../..', isolatedModules: false },
      include: ['*.ts'],
      exclude: [],
    }),
  );
  const app = await Application.bootstrapWithPlugins({
    entryPoints: used.map(([id]) => join(SOURCES, `${id}.ts`)),
    tsconfig: join(SOURCES, 'tsconfig.json'),
    plugin: ['typedoc-plugin-markdown'],
    out: OUT,
    readme: 'none',
    disableSources: true,
    excludeExternals: true,
    hideGenerator: true,
    outputFileStrategy: 'modules',
    flattenOutputFiles: true,
    entryFileName: 'index',
    hidePageHeader: true,
    hideBreadcrumbs: true,
    useCodeBlocks: true,
    expandParameters: true,
    parametersFormat: 'list',
    interfacePropertiesFormat: 'table',
    classPropertiesFormat: 'table',
    typeDeclarationFormat: 'table',
    tableColumnSettings: { hideModifiers: true },
    groupOrder: ['Functions', 'Variables', 'Classes', 'Interfaces', 'Type Aliases', 'Namespaces', '*'],
    indexFormat: 'list',
    pageTitleTemplates: {
      index: 'Reference',
      module: ({ name }) => PARTS.find(([id]) => id === name)?.[1] ?? name,
    },
    sort: ['source-order'],
    validation: {
      notExported: false,
      invalidLink: true,
      invalidPath: true,
      notDocumented: true,
      rewrittenLink: true,
      unusedMergeModuleWith: true,
    },
    requiredToBeDocumented: ['Variable', 'Function', 'Class', 'Interface', 'TypeAlias'],
    treatValidationWarningsAsErrors: true,
  });
  const project = await app.convert();
  if (project === undefined) throw new Error('reference error: the sources do not compile');
  app.validate(project);
  if (app.logger.hasErrors() || app.logger.hasWarnings())
    throw new Error('reference error: see the lines above');
  await app.generateOutputs(project);
  for (const name of readdirSync(OUT).filter((file) => file.endsWith('.md'))) {
    const text = readFileSync(join(OUT, name), 'utf8');
    // A parameter that is taken apart has no name of its own.
    writeFileSync(
      join(OUT, name),
      text.replaceAll('\\_\\_namedParameters', 'options').replaceAll('__namedParameters', 'options'),
    );
  }
  const spaces = readdirSync(OUT).filter((file) => file.includes('.Namespace.'));
  writeFileSync(
    join(OUT, 'index.md'),
    `# Reference\n\nEvery public name, by the part of the library that it belongs to. Each example is compiled and run by the test suite.\n\n${used
      .map(([id, title]) => {
        const inside = spaces.filter((file) => file.startsWith(`${id}.`));
        const also = inside.map((file) => `[${file.split('.')[2]}](${file})`).join(', ');
        return `- [${title}](${id}.md)${also === '' ? '' : `, with ${also}`}`;
      })
      .join('\n')}\n`,
  );
  writeFileSync(
    join(OUT, 'sidebar.json'),
    JSON.stringify(used.map(([id, title]) => ({ text: title, link: `/reference/${id}` }))),
  );
  const count = names.reduce((sum, name) => sum + name.count, 0);
  return `${count} public names in ${used.length} parts, each with a docstring`;
};
