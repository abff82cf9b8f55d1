/**
 * What a method remembers, in files: `method.2.mean` and `method.2.weight` are the running mean of AᵀA of link 2 (`method.2:outputs.…`
 * of the gradients by its outputs), `method.2:inverse.inverse` and `.age` the inverse that is made of it now and then, and
 * `method.trust.scale` and `method.trust.metric` what a step under trust of that name goes on from.
 */
import { type Tensor } from '@tensorflow/tfjs-core';
import { checkLiving, fail, isTensor, type Shape, short, showShape, Tree } from '../core';
import { type Energy, type Memory } from '../energy';

const NAME = /^method\.([^.]+)\.([^.]+)$/;
/** What is kept of a link: a mean, of its inputs or its outputs, or the inverse of one. */
const LINK = /^(\d+)(:outputs)?(:inverse)?$/;
/** The parts of what is kept by a name: a square matrix and a scalar of a link; of another, a step under trust, two scalars. */
const partsOf = (name: string): readonly [string, string] => {
  if (!LINK.test(name)) return ['scale', 'metric'];
  return name.endsWith(':inverse') ? ['inverse', 'age'] : ['mean', 'weight'];
};
const isSquare = (part: string): boolean => part === 'mean' || part === 'inverse';

/** Whether a tensor of a file is of the memory. */
export const isOfMemory = (name: string): boolean => name.startsWith('method.');

/** The tensors by their names in the file. */
export const namedMemory = (memory: Memory): readonly (readonly [string, Tensor])[] =>
  Tree.leavesWithPath(memory, 'method');

/**
 * The names under which a file holds memory: a square mean with its weight for a link, two scalars for a step under trust. A `Fault`
 * `data` that names the tensor otherwise.
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

/** The memory of these names, from its tensors. */
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
 * Memory that steps on an energy may have left: of its links, each a square mean and a scalar weight, or an inverse and its age; of steps under trust, each two
 * scalars; alive. A `Fault` `shape` or `memory` that names the tensor otherwise. The order of a mean is that of the design, which the
 * solve compares it with.
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
        `one of the ${links.length} links, which has parameters`,
        'another',
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
