/** What a method remembers, in files: `method.2.mean` and `method.2.weight` are the running mean of AᵀA of link 2. */
import { type Tensor } from '@tensorflow/tfjs-core';
import { checkLiving, fail, isTensor, type Shape, short, showShape, Tree } from '../core';
import { type Energy, type Memory } from '../energy';

const NAME = /^method\.(\d+)\.(mean|weight)$/;

/** Whether a tensor of a file is of the memory. */
export const isOfMemory = (name: string): boolean => name.startsWith('method.');

/** The tensors by their names in the file. */
export const namedMemory = (memory: Memory): readonly (readonly [string, Tensor])[] =>
  Tree.leavesWithPath(memory, 'method');

/** The links whose means a file holds: square ones, each with its weight. A `Fault` `data` that names the tensor otherwise. */
export const linksInMemory = (
  path: string,
  tensors: ReadonlyMap<string, { readonly shape: Shape }>,
): readonly string[] => {
  const links = new Set<string>();
  for (const [name, { shape }] of tensors) {
    if (!isOfMemory(name)) continue;
    const [, link = '', part] = NAME.exec(name) ?? [];
    const [n, m] = shape;
    const right = part === 'weight' ? shape.length === 0 : shape.length === 2 && n === m;
    if (link === '' || !right)
      fail(
        'data',
        `${path}: ${short(name)}`,
        'a square mean, method.LINK.mean, or its weight',
        `a tensor ${short(showShape(shape))}`,
      );
    links.add(link);
  }
  for (const link of links)
    for (const part of ['mean', 'weight'])
      if (!tensors.has(`method.${link}.${part}`))
        fail('data', `${path}: method.${link}.${part}`, 'a tensor', 'none');
  return [...links];
};

/**
 * Memory that steps on an energy may have left: of its links, each a square mean and a scalar weight, alive. A `Fault` `shape` or
 * `memory` that names the tensor otherwise. The order of a mean is that of the design, which the solve compares it with.
 */
export const checkMemory = (path: string, { links }: Energy, memory: Memory): void => {
  checkLiving(path, memory);
  for (const [link, parts] of Object.entries(memory)) {
    if (links[Number(link) - 1]?.owner !== Number(link))
      fail(
        'shape',
        `${path}.${short(link)}`,
        `one of the ${links.length} links, which has parameters`,
        'another',
      );
    const [mean, weight]: readonly unknown[] = [parts.mean, parts.weight];
    const [n, m] = isTensor(mean) ? mean.shape : [];
    if (!isTensor(mean) || mean.rank !== 2 || n !== m)
      fail(
        'shape',
        `${path}.${link}.mean`,
        'a square matrix',
        isTensor(mean) ? showShape(mean.shape) : 'none',
      );
    if (!isTensor(weight) || weight.rank !== 0)
      fail(
        'shape',
        `${path}.${link}.weight`,
        'a scalar',
        isTensor(weight) ? showShape(weight.shape) : 'none',
      );
  }
};
