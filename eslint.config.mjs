// The rules of this house alone: imports that go one way, and faults. Those of the language are in .oxlintrc.json.
import * as parser from '@typescript-eslint/parser';

/** Which folders of src a folder may import: all of them stand below it. Siblings do not import each other. */
const below = {
  core: [],
  ops: ['core'],
  replay: ['core'],
  backend: ['core', 'ops', 'replay'],
  autodiff: ['core', 'ops'],
  solver: ['core', 'ops'],
  optimizer: ['core', 'ops'],
  disk: ['core'],
  example: ['core'],
  data: ['core', 'disk', 'example'],
  report: ['core', 'disk'],
  log: ['core', 'disk'],
  loss: ['core', 'ops', 'replay'],
  layer: ['core', 'ops', 'replay', 'autodiff', 'solver'],
  energy: ['core', 'solver', 'loss', 'layer', 'example'],
  step: ['core', 'replay', 'autodiff', 'solver', 'energy'],
  schedule: ['core', 'solver', 'loss', 'layer', 'energy', 'step'],
  train: [
    'core',
    'backend',
    'disk',
    'example',
    'solver',
    'loss',
    'layer',
    'optimizer',
    'energy',
    'step',
    'schedule',
  ],
  registry: ['core', 'data', 'example', 'report', 'solver', 'optimizer', 'loss', 'layer', 'schedule'],
  experiment: [
    ...[
      'core',
      'backend',
      'autodiff',
      'solver',
      'optimizer',
      'disk',
      'data',
      'example',
      'report',
      'log',
      'loss',
      'layer',
    ],
    ...['energy', 'step', 'schedule', 'train', 'registry'],
  ],
  queue: ['core', 'backend', 'disk', 'report', 'experiment'],
};

const folders = Object.keys(below);

const oneWay = Object.entries(below).map(([folder, allowed]) => {
  const forbidden = folders.filter((other) => other !== folder && !allowed.includes(other));
  return {
    files: [`src/${folder}/**/*.ts`],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: `^(\\.\\./)+(${forbidden.join('|')})(/|$)`,
              message: `src/${folder} stands below or beside that folder: it may import ${allowed.join(', ') || 'no other folder'}.`,
            },
            {
              regex: `^(\\.\\./)+(${folders.join('|')})/`,
              message: 'Import a folder by its index, not a file inside it.',
            },
            { regex: '^(\\.\\./)+(index|src)?$', message: 'Nothing inside src imports the whole library.' },
            {
              regex: '^(\\.\\./)+(laws|examples|test)(/|$)',
              message: 'src stands below laws, examples and tests.',
            },
          ],
        },
      ],
    },
  };
});

/**
 * `src` itself, and those of it that are entries: `src/experiment`, `src/internal`, for the tables of the laws `src/registry`, and for the
 * command line `src/queue`.
 */
const onlyPublic = (files, extra) => ({
  files,
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          {
            regex: '(^|/)src/(?!(experiment|internal|queue|registry)$)',
            message: 'Only the public interface: import it from src itself.',
          },
          ...extra,
        ],
      },
    ],
  },
});

export default [
  // AssemblyScript is a language of its own.
  { ignores: ['dist/**', 'runs/**', 'node_modules/**', 'src/backend/wasm/kernels/assembly/**'] },
  {
    files: ['**/*.ts', '**/*.tsx', '**/*.mts'],
    languageOptions: { parser },
    // Comments that turn rules off are for oxlint.
    linterOptions: { noInlineConfig: true },
  },
  {
    // What a caller can meet is a `Fault`. In backends tfjs meets exceptions of its own kind, and in workers BullMQ does.
    files: ['src/**/*.ts'],
    ignores: ['src/backend/**', 'src/queue/cellWork.ts', 'src/queue/worker.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: 'ThrowStatement > NewExpression:not([callee.name="Fault"])',
          message: 'Throw a Fault (`fail`): a caller gets one line of it.',
        },
      ],
    },
  },
  ...oneWay,
  onlyPublic(
    ['laws/**/*.ts'],
    [{ regex: '(^|/)(examples|test)(/|$)', message: 'Laws stand below examples and tests.' }],
  ),
  onlyPublic(
    ['cli/**/*.ts'],
    [{ regex: '(^|/)(examples|test)(/|$)', message: 'The command line stands below examples and tests.' }],
  ),
  onlyPublic(
    ['examples/**/*.ts', 'examples/**/*.tsx'],
    [{ regex: '(^|/)test(/|$)', message: 'Examples stand below tests.' }],
  ),
];
