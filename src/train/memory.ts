/**
 * The memory of a method, and its names in files. `method.2.mean` and `method.2.weight` are the
 * running mean of AᵀA of link 2; `method.2:outputs.…` is that of the gradients by its outputs.
 * `method.2:inverse.inverse` and `.age` are the inverse of the first and its age in batches.
 * `method.trust.scale` and `method.trust.metric` belong to a step under trust of that name.
 */
import { type Tensor } from '@tensorflow/tfjs-core';
import { checkLiving, fail, isTensor, type Shape, short, showShape, Tree } from '../core';
import { type Energy, type Memory } from '../energy';

const NAME = /^method\.([^.]+)\.([^.]+)$/;
/** A key of the memory of a link: a mean of its inputs or its outputs, or the inverse of one. */
const LINK = /^(\d+)(:outputs)?(:inverse)?$/;
/**
 * The parts of an entry: a square matrix and a scalar for a link; two scalars for a step under
 * trust.
 */
const partsOf = (name: string): readonly [string, string] => {
  if (!LINK.test(name)) return ['scale', 'metric'];
  return name.endsWith(':inverse') ? ['inverse', 'age'] : ['mean', 'weight'];
};
const isSquare = (part: string): boolean => part === 'mean' || part === 'inverse';

/** Whether a tensor of a file belongs to the memory. */
export const isOfMemory = (name: string): boolean => name.startsWith('method.');

/** The tensors of the memory, by their names in the file. */
export const namedMemory = (memory: Memory): readonly (readonly [string, Tensor])[] =>
  Tree.leavesWithPath(memory, 'method');

/**
 * The keys of the memory in a file. Throws a `Fault` with tag `data` that names the tensor, unless
 * each link has a square matrix with its scalar, and each step under trust two scalars.
 */
export const namesInMemory = (
  path: string,
  tensors: ReadonlyMap<string, { readonly shape: Shape }>,
): readonly string[] => {
  const names = new Set<string>();
  for (const [name, { shape }] of tensors) {
    if (!isOfMemory(name)) continue;
    const [, of = '', part = ''] = NAME.exec(name) ?? [];
    const [n, m] = shape;
    const known = of !== '' && partsOf(of).includes(part);
    const right = isSquare(part) ? shape.length === 2 && n === m : shape.length === 0;
    if (!known || !right)
      fail(
        'data',
        `${path}: ${short(name)}`,
        'a square mean or inverse, method.LINK.mean, its weight or its age; or .scale or .metric of a step under trust',
        `a tensor ${short(showShape(shape))}`,
      );
    names.add(of);
  }
  for (const of of names)
    for (const part of partsOf(of))
      if (!tensors.has(`method.${of}.${part}`))
        fail('data', `${path}: method.${short(of)}.${part}`, 'a tensor', 'none');
  return [...names];
};

/** The memory with these keys, made of its tensors. */
export const memoryFrom = (names: readonly string[], tensorAt: (name: string) => Tensor): Memory =>
  Object.fromEntries(
    names.map((of): readonly [string, Memory[string]] => {
      const at = (part: string): Tensor => tensorAt(`method.${of}.${part}`);
      if (!LINK.test(of)) return [of, { scale: at('scale'), metric: at('metric') }];
      return of.endsWith(':inverse')
        ? [of, { inverse: at('inverse'), age: at('age') }]
        : [of, { mean: at('mean'), weight: at('weight') }];
    }),
  );

const checkScalar = (path: string, found: unknown): void => {
  if (!isTensor(found) || found.rank !== 0)
    fail('shape', path, 'a scalar', isTensor(found) ? showShape(found.shape) : 'none');
};

/**
 * Checks that steps on the energy may have left this memory: for its links a square mean with its
 * weight, or an inverse with its age; for steps under trust two scalars; all of them alive. Throws
 * a `Fault` with tag `shape` or `memory` that names the tensor. The solve itself compares the order
 * of a mean with the design.
 */
export const checkMemory = (path: string, { links }: Energy, memory: Memory): void => {
  checkLiving(path, memory);
  for (const [name, kept] of Object.entries(memory)) {
    const parts: { readonly [part: string]: unknown } = kept;
    const number = Number(LINK.exec(name)?.[1]);
    const [square, scalar] = partsOf(name);
    if (Number.isNaN(number)) {
      for (const part of partsOf(name)) checkScalar(`${path}.${short(name)}.${part}`, parts[part]);
      continue;
    }
    if (links[number - 1]?.owner !== number)
      fail(
        'shape',
        `${path}.${short(name)}`,
        `the number of a link with parameters, of ${links.length} links`,
        'another number',
      );
    const matrix = parts[square];
    const [n, m] = isTensor(matrix) ? matrix.shape : [];
    if (!isTensor(matrix) || matrix.rank !== 2 || n !== m)
      fail(
        'shape',
        `${path}.${name}.${square}`,
        'a square matrix',
        isTensor(matrix) ? showShape(matrix.shape) : 'none',
      );
    checkScalar(`${path}.${name}.${scalar}`, parts[scalar]);
  }
};
