/**
 * Hearing of the kernels that a backend runs. While someone listens, each kernel, each tensor that is
 * made of numbers of the host, and each read reaches the listener, in order. Kernels that another
 * kernel runs are its own business.
 */
import {
  type BackendValues,
  type DataType,
  getKernelsForBackend,
  type KernelBackend,
  type KernelConfig,
  type KernelFunc,
  type NamedAttrMap,
  registerKernel,
  type Tensor,
  type TensorInfo,
  unregisterKernel,
} from '@tensorflow/tfjs-core';

/** The data of a tensor, as tfjs knows it; several tensors may share it. */
export type DataId = TensorInfo['dataId'];

/** The inputs of a kernel by name; those of a list by their index. */
export type KernelInputs = Readonly<Record<string, TensorInfo | undefined>>;

/** A kernel that has run. */
export interface Heard {
  readonly name: string;
  readonly run: KernelFunc;
  readonly inputs: KernelInputs;
  readonly attrs: NamedAttrMap;
  readonly outputs: readonly TensorInfo[];
}

/** What happens while one listens. */
export interface KernelListener {
  readonly kernel: (heard: Heard) => void;
  /** Numbers of the host became the data of a tensor. */
  readonly written: (
    dataId: DataId,
    values: BackendValues,
    shape: readonly number[],
    dtype: DataType,
  ) => void;
  /** Numbers of a tensor were read. */
  readonly read: (dataId: DataId) => void;
  /** The numbers of a tensor were checked. */
  readonly checked: (x: TensorInfo, check: Check) => void;
  /** Who hears what happens inside work on these tensors. */
  readonly inside: (inputs: readonly Tensor[]) => KernelListener;
  /** Work has been done. */
  readonly worked: (worked: Worked) => void;
}

/** Work that has been done. */
export interface Worked {
  /** What distinguishes it from other work on tensors of the same shapes. */
  readonly what: unknown;
  readonly inputs: readonly Tensor[];
  /** Does it on other tensors. */
  readonly work: (inputs: readonly Tensor[]) => readonly Tensor[];
  readonly outputs: readonly Tensor[];
}

/** Throws if numbers are not what they have to be; otherwise nothing comes of it. */
export type Check = (values: HostNumbers) => void;

/** The numbers of a tensor on the host. */
export type HostNumbers = Float32Array | Int32Array | Uint8Array;

/** Everything here is synchronous, so there is at most one. */
let listener: KernelListener | undefined;

const during = <A>(next: KernelListener | undefined, f: () => A): A => {
  const before = listener;
  listener = next;
  try {
    return f();
  } finally {
    listener = before;
  }
};

/** Runs `f`, of which the listener hears. */
export const heardBy = <A>(by: KernelListener, f: () => A): A => during(by, f);

/** Runs `f`, of which nobody hears. */
export const unheard = <A>(f: () => A): A => during(undefined, f);

/**
 * Reads a tensor for a check that throws what is wrong with its numbers. Such a read, unlike others,
 * decides nothing else: a plan repeats it.
 */
export const checkValues = (x: Tensor, check: Check): void => {
  const by = listener;
  unheard(() => {
    check(x.dataSync());
  });
  by?.checked(x, check);
};

/**
 * Work on tensors that may decide by what it reads, such as a solve. A plan does not repeat its
 * kernels: it has the work done anew. So `work` may use no other tensors than those that it is
 * given, and those that it made before.
 *
 * `what` is what distinguishes it from other work on tensors of the same shapes, and `outputsOf` are
 * the tensors of its result.
 */
export const asWork = <A>(
  what: unknown,
  inputs: readonly Tensor[],
  work: (inputs: readonly Tensor[]) => A,
  outputsOf: (value: A) => readonly Tensor[],
): A => {
  const by = listener;
  if (by === undefined) return work(inputs);
  const value = heardBy(by.inside(inputs), () => work(inputs));
  by.worked({ what, inputs, work: (others) => outputsOf(work(others)), outputs: outputsOf(value) });
  return value;
};

/** The kernels that can be heard: a backend that starts anew keeps those that it did not replace. */
const audible = new WeakSet<KernelFunc>();

const heard = ({ kernelName: name, kernelFunc: run }: KernelConfig): KernelFunc => {
  const kernelFunc: KernelFunc = (call) => {
    const by = listener;
    if (by === undefined) return run(call);
    const out = unheard(() => run(call));
    by.kernel({
      name,
      run,
      inputs: call.inputs,
      attrs: call.attrs ?? {},
      outputs: Array.isArray(out) ? out : [out],
    });
    return out;
  };
  audible.add(kernelFunc);
  return kernelFunc;
};

/** Makes all kernels of a backend audible, once they are registered, and its writes and reads. */
export const makeAudible = (name: string, backend: KernelBackend): void => {
  for (const kernel of getKernelsForBackend(name)) {
    if (audible.has(kernel.kernelFunc)) continue;
    unregisterKernel(kernel.kernelName, name);
    registerKernel({ ...kernel, kernelFunc: heard(kernel) });
  }
  const write = backend.write.bind(backend);
  backend.write = (values, shape, dtype) => {
    const dataId = write(values, shape, dtype);
    listener?.written(dataId, values, shape, dtype);
    return dataId;
  };
  const readSync = backend.readSync.bind(backend);
  // Some backends take more arguments than tfjs's type says.
  backend.readSync = (...of) => {
    listener?.read(of[0]);
    return readSync(...of);
  };
};
