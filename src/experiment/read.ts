/** Reading the configuration of an experiment. */
import * as E from 'fp-ts/Either';
import { pipe } from 'fp-ts/function';
import type * as TE from 'fp-ts/TaskEither';
import { attempt, attemptTask, error, orThrow, type ProxpropError } from '../core';
import { decodeAt, type Registry } from '../registry';
import { codecs, type Experiment, moduleList } from './config';
import { builtIn } from './datasets';
import { textOf } from './files';
import { registryWith } from './modules';
import { strictJson } from './strictJson';

/** The modules that a configuration names, before anything else of it can be understood. */
const modulesIn = (path: string, value: unknown): E.Either<ProxpropError, readonly string[]> =>
  typeof value === 'object' && value !== null && 'modules' in value
    ? decodeAt(path, moduleList, value.modules, 'modules')
    : E.right([]);

/**
 * Read a configuration: its modules are loaded, and their exports join the registry. Left: `file` where the file or a module cannot be
 * read, `options` where it is no configuration, with the path inside the file.
 *
 * @example
 * const experiment = await readExperiment('experiments/quick.json')();
 */
export const readExperiment =
  (path: string, base: Registry = builtIn): TE.TaskEither<ProxpropError, Experiment> =>
  async () => {
    const expected = 'a configuration, such as the demo.json of proxprop demo';
    if (path === '') return E.left(error('file', 'CONFIG', expected, 'an empty path'));
    const read = await attemptTask(() => textOf(path, expected))();
    if (E.isLeft(read)) return read;
    const value = strictJson(path, read.right);
    if (E.isLeft(value)) return value;
    const modules = modulesIn(path, value.right);
    if (E.isLeft(modules)) return modules;
    const registry = await registryWith(base, path, modules.right)();
    if (E.isLeft(registry)) return registry;
    return pipe(
      // The codecs of a module are its own functions.
      attempt(() => orThrow(decodeAt(path, codecs(registry.right).experiment, value.right))),
      E.map((config) => ({ path, config, registry: registry.right })),
    );
  };
