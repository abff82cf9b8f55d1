/**
 * What is known of the backends that run, for every copy of this library in the process: two installed ones, or one whose modules
 * were loaded anew. tfjs keeps one engine for all of them, so it is kept there, under a name that all copies know.
 */
import { engine, type KernelBackend, registerBackend } from '@tensorflow/tfjs-core';
import { fail } from '../core';
import { type Running } from './running';

/** The version of package.json: copies of one version have the same kernels, and the same records. */
export const VERSION = '0.1.0';

interface BackendRecord {
  readonly version: string;
  readonly backend: KernelBackend;
  readonly details: Omit<Running, 'backend'>;
  /** The threads that were asked for. */
  readonly asked?: number;
  /** Whether relaxed SIMD was asked for. */
  readonly relaxed?: boolean;
  /** Why its device is lost, where it is. */
  readonly lost?: () => string | undefined;
  /** Give back what tfjs does not know of. */
  readonly end?: () => Promise<void>;
}

interface Records {
  /** The last start of each backend: settled, never rejected. */
  readonly starting: Map<string, Promise<unknown>>;
  readonly started: Map<string, BackendRecord>;
}

const KEY = Symbol.for('proxprop.backends');

const records = (): Records => {
  // Boundary with other copies: what lies under that name is such a record; the version of each entry is compared.
  const found = Reflect.get(engine(), KEY) as Records | undefined;
  if (found !== undefined) return found;
  const made: Records = { starting: new Map(), started: new Map() };
  Reflect.set(engine(), KEY, made);
  return made;
};

/**
 * The record of a backend that runs; none where it never did, or tfjs was told to reset, or to remove it. A `Fault` `backend` where
 * a copy of another version has started it.
 */
export const recordOf = (name: string): BackendRecord | undefined => {
  const found = records().started.get(name);
  if (found === undefined) return undefined;
  return found.version === VERSION
    ? found
    : fail(
        'backend',
        name,
        `one copy of proxprop in a process, as one of version ${found.version} has started it`,
        `a copy of version ${VERSION}`,
      );
};

/**
 * Make a backend known to tfjs, and keep its record until tfjs disposes of it: when it resets, or removes it. tfjs would then take
 * the same one again, of which nothing is left.
 */
export const register = (name: string, priority: number, record: Omit<BackendRecord, 'version'>): void => {
  const { started } = records();
  const { backend } = record;
  const dispose = backend.dispose.bind(backend);
  backend.dispose = () => {
    started.delete(name);
    Reflect.deleteProperty(engine().registryFactory, name);
    void record.end?.();
    dispose();
  };
  registerBackend(name, () => backend, priority);
  started.set(name, { version: VERSION, ...record });
};

/**
 * Starts of one backend go one after another, so that the second finds what the first has made. At once, each would take the
 * globals that the other has put in place for the usual ones, and put its backend in the place of one that is in use.
 */
export const inTurn = <A>(name: string, begin: () => Promise<A>): Promise<A> => {
  const { starting } = records();
  const mine = (starting.get(name) ?? Promise.resolve()).then(begin);
  starting.set(
    name,
    mine.catch(() => undefined),
  );
  return mine;
};

/** Make room for a backend of that name. A `Fault` `backend` where tensors lie on one that is not ours. */
export const makeRoom = (name: string): void => {
  const present: KernelBackend | undefined = engine().registry[name];
  const tensors = present?.numDataIds() ?? 0;
  if (tensors > 0 && records().started.get(name)?.backend !== present)
    fail(
      'backend',
      name,
      'a start before tensors are made on it (call start first, or tf.removeBackend)',
      `a backend of tfjs with ${tensors} tensors`,
    );
  if (name in engine().registryFactory) engine().removeBackend(name);
};
