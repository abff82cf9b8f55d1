/** Calling kernels by name: those of tfjs, and those of our own, which some backends have. */
import {
  cast,
  engine,
  getBackend,
  getKernel,
  type NamedAttrMap,
  type NamedTensorMap,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { fail } from '../core';
import { type AttributesOf, type OperandsOf, type OwnKernel } from './ownKernels';

/** Whether the current backend has that kernel of our own. */
export const hasKernel = (name: OwnKernel): boolean => {
  // The types of tfjs say that it always finds one.
  const found: unknown = getKernel(name, getBackend());
  return found != null;
};

/**
 * A tensor of whole numbers as float32, which the kernels of this library read; other tensors
 * unchanged.
 */
export const real = (x: Tensor): Tensor => (x.dtype === 'float32' ? x : cast(x, 'float32'));

/** Tensors by name, or by their index. */
type Operands = { readonly [name: string]: Tensor } | readonly Tensor[];

const isList = (operands: Operands): operands is readonly Tensor[] => Array.isArray(operands);

/** The results of a kernel of the current backend. Its tensors are those of the scope around the call. */
const runKernel = (name: string, inputs: Operands, attrs: NamedAttrMap): readonly Tensor[] => {
  // Boundary with tfjs, which takes lists as maps of their indices; from a list, a recording may save all of it.
  const given = (isList(inputs) ? [...inputs] : { ...inputs }) as NamedTensorMap;
  const out: Tensor | Tensor[] = engine().runKernel(name, given, attrs);
  return Array.isArray(out) ? out : [out];
};

const only = (name: string, [first, ...others]: readonly Tensor[]): Tensor =>
  first === undefined || others.length > 0
    ? fail('backend', name, 'one tensor', `${first === undefined ? 0 : others.length + 1}`)
    : first;

/** The result of a kernel of tfjs that has one; see `runKernel`. */
export const runForOne = (name: string, inputs: { readonly [name: string]: Tensor }, attrs: object): Tensor =>
  only(name, runKernel(name, inputs, attributes(attrs)));

/** Attributes as a map of their names, which is how tfjs takes them. */
const attributes = (attrs: object): NamedAttrMap => ({ ...attrs });

/** The results of a kernel of our own, which are those of the scope around the call. */
export const runOwn = <K extends OwnKernel>(
  name: K,
  operands: OperandsOf<K, Tensor>,
  attrs: AttributesOf<K>,
): readonly Tensor[] => runKernel(name, operands, attributes(attrs));

/** The result of one that has one. */
export const runOwnForOne = <K extends OwnKernel>(
  name: K,
  operands: OperandsOf<K, Tensor>,
  attrs: AttributesOf<K>,
): Tensor => only(name, runOwn(name, operands, attrs));
