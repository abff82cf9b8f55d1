/** Kernels of this library, which some backends have. */
import { cast, engine, getBackend, getKernel, type NamedAttrMap, type Tensor } from '@tensorflow/tfjs-core';
import { fail } from '../core';

/** Whether the current backend has a kernel of that name. */
export const hasKernel = (name: string): boolean => {
  // The types of tfjs say that it always finds one.
  const found: unknown = getKernel(name, getBackend());
  return found != null;
};

/**
 * A tensor of whole numbers as float32, which the kernels of this library read; other tensors
 * unchanged.
 */
export const real = (x: Tensor): Tensor => (x.dtype === 'float32' ? x : cast(x, 'float32'));

/** The result of a kernel that has exactly one; see `runKernel`. */
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

/** The results of a kernel of the current backend. The scope around the call owns them. */
export const runKernel = (
  name: string,
  inputs: { readonly [name: string]: Tensor },
  attrs: NamedAttrMap,
): readonly Tensor[] => {
  const out: Tensor | Tensor[] = engine().runKernel(name, { ...inputs }, attrs);
  return Array.isArray(out) ? out : [out];
};
