/** Modules of one's own: what their exports register. */
import { createRequire } from 'node:module';
import { basename, dirname, extname, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type * as TE from 'fp-ts/TaskEither';
import { attemptTask, error, fail, Fault, isRecord, orThrow, type ProxpropError, shownThrown } from '../core';
import { type Entry, nearest, type Registry } from '../registry';
import { guarded } from './ownEntry';
import { awaited } from './settled';

/** The exports of a module by their names. */
export type ModuleExports = Readonly<Record<string, unknown>>;

/** What is there to import a file: a loader of TypeScript hooks into `require` alone. */
const imported = (path: string): Promise<unknown> => {
  const require = createRequire(path);
  const hooks: unknown = Reflect.get(require, 'extensions');
  const required: () => unknown = () => require(path);
  return typeof hooks === 'object' && hooks !== null && extname(path) === '.ts' && '.ts' in hooks
    ? Promise.resolve().then(required)
    : import(pathToFileURL(path).href);
};

const LOADED = 'a module that can be loaded';

/**
 * Loads a module and gives its exports. It fails with `file` if the module cannot be found, throws
 * while it is loaded, or waits for something that never comes.
 *
 * @param path the file of the module
 *
 * @example const exported = await exportsOf('own.mjs')();
 */
export const exportsOf = (path: string): TE.TaskEither<ProxpropError, ModuleExports> =>
  attemptTask(async () => {
    try {
      const found = await awaited(path, LOADED, imported(resolve(path)));
      // A module's namespace is an object without a prototype; a function may be all that CommonJS exports.
      return typeof found === 'object' ? { ...found } : { default: found };
    } catch (thrown) {
      if (thrown instanceof Fault && thrown.error.path === path) throw thrown;
      const said = shownThrown(thrown).split('\n')[0] ?? '';
      throw new Fault({ ...error('file', path, LOADED, said), cause: thrown });
    }
  });

const KINDS = ['layer', 'method', 'optimizer', 'dataset'] as const;
type Kind = (typeof KINDS)[number];

/** What an entry of each kind has, beside its name. */
const PARTS: { readonly [kind in Kind]: Readonly<Record<string, 'function' | 'object'>> } = {
  layer: { codec: 'function', build: 'function', cases: 'object' },
  method: { codec: 'object', build: 'function', cases: 'object' },
  optimizer: { codec: 'object', build: 'function', cases: 'object' },
  dataset: { fields: 'object', read: 'function' },
};

const WORDS: { readonly [kind in Kind]: string } = {
  layer: 'defineLayer',
  method: 'defineMethod',
  optimizer: 'defineOptimizer',
  dataset: 'defineDataset',
};

const NAME = /^[A-Za-z][A-Za-z0-9_-]*$/;

/** Whether an export means to register something. */
const claims = (value: unknown): value is { readonly kind: Kind } =>
  isRecord(value) && KINDS.some((kind) => kind === value['kind']);

/** An entry, or a `Fault` `options` that names what it lacks. */
const checkedEntry = (path: string, value: { readonly kind: Kind }): Entry => {
  const parts: ModuleExports = { ...value };
  const { kind } = value;
  const name = parts['name'];
  if (typeof name !== 'string' || !NAME.test(name))
    return fail(
      'options',
      `${path}.name`,
      'a name of letters, digits, "-" and "_"',
      name === undefined ? 'nothing' : JSON.stringify(name),
    );
  for (const [part, type] of Object.entries(PARTS[kind]))
    if (typeof parts[part] !== type || parts[part] === null)
      return fail('options', `${path}.${part}`, `what ${WORDS[kind]} makes`, typeof parts[part]);
  // Its kind, its name and the types of its parts were looked at just above.
  return value as unknown as Entry;
};

/** Entries among exports: those that are one, and those in lists. */
const entriesIn = (path: string, exported: ModuleExports): readonly Entry[] => {
  const entries = Object.entries(exported).flatMap(([name, value]) =>
    (Array.isArray(value)
      ? value.map((one: unknown, i) => [`${name}.${i}`, one] as const)
      : [[name, value] as const]
    ).flatMap(([at, one]) => (claims(one) ? [checkedEntry(`${path}: ${at}`, one)] : [])),
  );
  return (
    entries
      // What a module of CommonJS exports may stand there again, as its `default`.
      .filter((entry, i) => entries.indexOf(entry) === i)
      .map((entry) => guarded(`${path}: ${entry.name}`, entry))
  );
};

/**
 * Loads a module and gives the entries that it registers. It fails as `exportsOf` does, and with
 * `options` if an entry lacks a part, or if there is none.
 *
 * @param path the file of the module
 *
 * @example orThrow(await entriesOf('entries.mjs')()).map(({ name }) => name) // ['ones']
 */
export const entriesOf = (path: string): TE.TaskEither<ProxpropError, readonly Entry[]> =>
  attemptTask(async () => {
    const exported = orThrow(await exportsOf(path)());
    const entries = entriesIn(path, exported);
    if (entries.length > 0) return entries;
    const names = Object.keys(exported);
    return fail(
      'options',
      path,
      `an export made by ${Object.values(WORDS).join(', ')}`,
      names.length === 0 ? 'no exports' : nearest('', names),
    );
  });

const joined = <E extends { readonly name: string }>(
  path: string,
  kind: Kind,
  known: readonly E[],
  more: readonly E[],
): readonly E[] => {
  more.forEach(({ name }, i) => {
    if ([...known, ...more.slice(0, i)].some((entry) => entry.name === name))
      fail('options', path, `a name of its own for the ${kind}`, `"${name}" again`);
  });
  return [...known, ...more];
};

/**
 * Adds entries to a registry.
 *
 * @param path the module that an error names
 * @param registry the registry; it stays as it is
 * @param entries layers, methods, optimizers and datasets
 * @throws a `Fault` (`options`) for a name that is taken
 *
 * @example withEntries('own.mjs', withoutData, datasets).datasets.length // 7
 */
export const withEntries = (path: string, registry: Registry, entries: readonly Entry[]): Registry => ({
  layers: joined(
    path,
    'layer',
    registry.layers,
    entries.filter((e) => e.kind === 'layer'),
  ),
  methods: joined(
    path,
    'method',
    registry.methods,
    entries.filter((e) => e.kind === 'method'),
  ),
  optimizers: joined(
    path,
    'optimizer',
    registry.optimizers,
    entries.filter((e) => e.kind === 'optimizer'),
  ),
  datasets: joined(
    path,
    'dataset',
    registry.datasets,
    entries.filter((e) => e.kind === 'dataset'),
  ),
});

/**
 * Adds to a registry what modules register. It fails as `entriesOf` and `withEntries` do.
 *
 * @param base the registry; it stays as it is
 * @param file the configuration that names the modules: their paths start at its folder
 * @param modules the paths
 *
 * @example orThrow(await registryWith(withoutData, 'quick.json', ['entries.mjs'])()).datasets.length // 1
 */
export const registryWith = (
  base: Registry,
  file: string,
  modules: readonly string[],
): TE.TaskEither<ProxpropError, Registry> =>
  attemptTask(async () => {
    let registry = base;
    for (const [i, name] of modules.entries()) {
      const path = resolve(dirname(file), name);
      const entries = orThrow(await entriesOf(path)());
      registry = withEntries(`${file}: modules.${i} (${basename(path)})`, registry, entries);
    }
    return registry;
  });
