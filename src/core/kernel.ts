/** Kernels of our own, which some backends have. */
import { engine, getBackend, getKernel, type NamedAttrMap, type Tensor } from '@tensorflow/tfjs-core';

/** Whether the current backend has a kernel of that name. */
export const hasKernel = (name: string): boolean => {
  // The types of tfjs say that it always finds one.
  const found: unknown = getKernel(name, getBackend());
  return found != null;
};

/** The results of a kernel of the current backend. Its tensors are those of the scope around the call. */
export const runKernel = (
  name: string,
  inputs: { readonly [name: string]: Tensor },
  attrs: NamedAttrMap,
): readonly Tensor[] => {
  const out: Tensor | Tensor[] = engine().runKernel(name, { ...inputs }, attrs);
  return Array.isArray(out) ? out : [out];
};
