/**
 * Replaces kernels of a tfjs backend by kernels of this library, which can still call the stock
 * ones.
 */
import {
  getKernel,
  type KernelBackend,
  type KernelConfig,
  type NamedAttrMap,
  registerKernel,
  type TensorInfo,
  unregisterKernel,
} from '@tensorflow/tfjs-core';
import { fail } from '../core';
import { type AttributesOf, type OperandsOf, type OwnKernel } from '../ops';

/** The inputs of a kernel by name. */
export type Operands = Record<string, TensorInfo | undefined>;

/** An input of a kernel. Throws a `Fault` with tag `shape` if it is missing. */
export const inputOf = (inputs: Operands, kernel: string, name: string): TensorInfo =>
  inputs[name] ?? fail('shape', kernel, `an operand ${name}`, 'none');

/** The arguments of a kernel: those of tfjs, with the backend as its own type. */
export interface Call<B extends KernelBackend> {
  readonly inputs: Operands;
  readonly attrs: NamedAttrMap;
  readonly backend: B;
}

/**
 * A kernel of this library, which may call the stock one of its name. If there is none, that call
 * throws a `Fault` with tag `backend`.
 */
export type Kernel<B extends KernelBackend> = (
  call: Call<B>,
  stock: KernelConfig,
) => TensorInfo | TensorInfo[];

/** The kernels of one backend. */
export interface Kernels<B extends KernelBackend> {
  /** The kernel that is registered now. */
  readonly kernelOf: (name: string) => KernelConfig;
  /** The one result of a kernel. */
  readonly run: (
    kernel: KernelConfig,
    backend: B,
    inputs: Record<string, TensorInfo>,
    attrs: NamedAttrMap,
  ) => TensorInfo;
  /**
   * Registers `kernel` under that name, in place of the stock kernel or of an earlier kernel of
   * this library.
   */
  readonly replaceKernel: (name: string, kernel: Kernel<B>) => void;
  /** Make `kernel` the one of our own of that name. */
  readonly ownKernel: <K extends OwnKernel>(name: K, kernel: Own<K, B>) => void;
}

/** A kernel of our own: what it makes of its operands and attributes, which are those of the table of such kernels. */
export type Own<K extends OwnKernel, B extends KernelBackend> = (
  operands: OperandsOf<K, TensorInfo>,
  attrs: AttributesOf<K>,
  backend: B,
) => TensorInfo | TensorInfo[];

/** The kernels of the backend of that name and class. */
export const kernelsOf = <B extends KernelBackend>(backendName: string): Kernels<B> => {
  /** The stock kernel of each name, recorded at its first replacement; afterwards tfjs has ours. */
  const stocks = new Map<string, KernelConfig>();

  const none = (name: string): KernelConfig => ({
    kernelName: name,
    backendName,
    kernelFunc: () => fail('backend', backendName, `a stock kernel ${name}`, 'none'),
  });

  const kernelOf = (name: string): KernelConfig =>
    getKernel(name, backendName) ?? fail('backend', backendName, `a kernel ${name}`, 'none');

  const run: Kernels<B>['run'] = (kernel, backend, inputs, attrs) => {
    const out = kernel.kernelFunc({ inputs, attrs, backend });
    return Array.isArray(out) ? (out[0] ?? fail('backend', backendName, 'a result', 'none')) : out;
  };

  const replaceKernel = (name: string, kernel: Kernel<B>): void => {
    const present = getKernel(name, backendName);
    const stock = stocks.get(name) ?? present ?? none(name);
    stocks.set(name, stock);
    if (present !== undefined) unregisterKernel(name, backendName);
    registerKernel({
      ...stock,
      // Boundary with tfjs: kernels are registered for one backend by name, but their type does not
      // say which.
      kernelFunc: ({ inputs, attrs, backend }) =>
        kernel({ inputs, attrs: attrs ?? {}, backend: backend as B }, stock),
    });
  };

  const ownKernel: Kernels<B>['ownKernel'] = (name, kernel) => {
    replaceKernel(name, ({ inputs, attrs, backend }) =>
      // Boundary with tfjs, which hands over what `runOwn` was given: the types of both are in one table.
      kernel(inputs as OperandsOf<typeof name, TensorInfo>, attrs, backend),
    );
  };
  return { kernelOf, run, replaceKernel, ownKernel };
};
