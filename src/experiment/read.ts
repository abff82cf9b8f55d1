/** Reading the configuration of an experiment. */
import * as E from 'fp-ts/Either';
import { pipe } from 'fp-ts/function';
import * as TE from 'fp-ts/TaskEither';
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

const EXPECTED = 'a configuration, such as the demo.json of proxprop demo';

/**
 * Reads a configuration from a JSON file, and loads the modules that it names, whose exports join
 * the registry. It fails with `file` if the file or a module cannot be read, with `options`, with
 * the path inside of the file, if it is no configuration.
 *
 * @param path the file
 * @param base the registry without the modules. Default: all that comes with the library
 *
 * @example
 * const experiment = await readExperiment('experiments/quick.json')();
 */
export const readExperiment = (
  path: string,
  base: Registry = builtIn,
): TE.TaskEither<ProxpropError, Experiment> =>
  pipe(
    path === ''
      ? TE.left(error('file', 'CONFIG', EXPECTED, 'an empty path'))
      : attemptTask(() => textOf(path, EXPECTED)),
    TE.chainEitherK((text) => strictJson(path, text)),
    TE.bindTo('value'),
    TE.bind('modules', ({ value }) => TE.fromEither(modulesIn(path, value))),
    TE.bind('registry', ({ modules }) => registryWith(base, path, modules)),
    // The codecs of a module are its own functions.
    TE.bind('config', ({ registry, value }) =>
      TE.fromEither(attempt(() => orThrow(decodeAt(path, codecs(registry).experiment, value)))),
    ),
    TE.map(({ config, registry }) => ({ path, config, registry })),
  );
