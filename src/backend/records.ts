/**
 * Records of the running backends, shared by every copy of this library in the process: two
 * installed copies, or one whose modules were loaded again. tfjs has one engine for all of them, so
 * the records are kept there, under a name that all copies know.
 */
import { engine, type KernelBackend, registerBackend } from '@tensorflow/tfjs-core';
import { fail } from '../core';
import { type Running } from './running';

/**
 * The version of package.json. Copies of one version have the same kernels and the same records.
 */
export const VERSION = '0.1.0';

interface BackendRecord {
  readonly version: string;
  readonly backend: KernelBackend;
  readonly details: Omit<Running, 'backend'>;
  /** The number of threads that was asked for. */
  readonly asked?: number;
  /** Whether relaxed SIMD was asked for. */
  readonly relaxed?: boolean;
  /** Why its device is lost; `undefined` while it is not. */
  readonly lost?: () => string | undefined;
  /** Frees what tfjs does not know of. */
  readonly end?: () => Promise<void>;
}

interface Records {
  /** The last start of each backend as a promise, which never rejects. */
  readonly starting: Map<string, Promise<unknown>>;
  readonly started: Map<string, BackendRecord>;
}

const KEY = Symbol.for('proxprop.backends');

const records = (): Records => {
  // Boundary with other copies: what lies under that name is such a record; the version of each
  // entry is compared.
  const found = Reflect.get(engine(), KEY) as Records | undefined;
  if (found !== undefined) return found;
  const made: Records = { starting: new Map(), started: new Map() };
  Reflect.set(engine(), KEY, made);
  return made;
};

/**
 * The record of a running backend; `undefined` if it never ran, or if tfjs was reset or removed it.
 * Throws a `Fault` with tag `backend` if a copy of another version started it.
 */
export const startedRecord = (name: string): BackendRecord | undefined => {
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
 * Registers a backend with tfjs, and keeps its record until tfjs disposes of it, on a reset or a
 * removal. Otherwise tfjs would reuse a backend that was freed.
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
 * Starts of one backend run one after another, so the second one finds the result of the first. In
 * parallel, each would mistake the globals that the other installed for the original ones, and
 * would replace a backend in use.
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

/**
 * Makes room for a backend of that name. Throws a `Fault` with tag `backend` if tensors lie on a
 * backend that is not from this library.
 */
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
