/** Values of a user's module, by the parts that they must have. */
import { isRecord } from '../core';
import { type Dataset } from '../data';
import { type AnyLayer } from '../layer';
import { type Optimizer } from '../optimizer';
import { type Method } from '../schedule';

type Type = 'string' | 'number' | 'object' | 'function';

const has = (value: unknown, parts: Readonly<Record<string, Type>>): boolean =>
  isRecord(value) && Object.entries(parts).every(([key, type]) => typeof Reflect.get(value, key) === type);

/**
 * Says whether a value has the members of a layer, as an export of a module may.
 *
 * @example isLayer(net) // true
 */
export const isLayer = (value: unknown): value is AnyLayer =>
  has(value, { name: 'string', input: 'object', output: 'object', init: 'function', forward: 'function' });

/**
 * Says whether a value has the members of a method, as an export of a module may.
 *
 * @example isMethod(backprop()) // true
 */
export const isMethod = (value: unknown): value is Method =>
  has(value, { name: 'string', energy: 'object', schedule: 'function' });

/**
 * Whether a value has the members of an optimizer, as an export of a module may.
 *
 * @example isOptimizer(optimizer) // true
 */
export const isOptimizer = (value: unknown): value is Optimizer =>
  has(value, { name: 'string', transforms: 'object' });

const isSplit = (value: unknown): boolean =>
  has(value, { images: 'object', labels: 'object', count: 'number' });

export const isDataset = (value: unknown): value is Dataset =>
  isRecord(value) &&
  has(value, { name: 'string', origin: 'string', shape: 'object', classes: 'number' }) &&
  isSplit(value['train']) &&
  isSplit(value['test']);
