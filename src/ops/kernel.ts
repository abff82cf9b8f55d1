/** Kernels of our own, which some backends have. */
import { cast, engine, getBackend, getKernel, type NamedAttrMap, type Tensor } from '@tensorflow/tfjs-core';
import { fail } from '../core';

/** Whether the current backend has a kernel of that name. */
export const hasKernel = (name: string): boolean => {
  // The types of tfjs say that it always finds one.
  const found: unknown = getKernel(name, getBackend());
  return found != null;
};

/** A tensor of whole numbers as one of float32, which is what kernels of our own read; others as they are. */
export const real = (x: Tensor): Tensor => (x.dtype === 'float32' ? x : cast(x, 'float32'));

/** The result of a kernel that has one; see `runKernel`. */
export const runForOne = (
  name: string,
  inputs: { readonly [name: string]: Tensor },
  attrs: NamedAttrMap,
): Tensor => {
  const [first, ...others] = runKernel(name, inputs, attrs);
  return first === undefined || others.length > 0
    ? fail('backend', name, 'one tensor', `${first === undefined ? 0 : others.length + 1}`)
    : first;
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
