/** Conversions between tensors and the numbers in files. */
import { engine, tensor, type Tensor } from '@tensorflow/tfjs-core';
import { allEnded, fail, Fault, type Shape } from '../core';
import { deviceLost, tensor64 } from '../backend';
import { fromBF16, fromF16 } from './halves';
import { notFiniteIn } from './hostCopy';
import { type Stored } from './safetensors';

type Reals = Float32Array | Float64Array;

/** Numbers with the kind in which the backend holds them. */
const stored = (shape: Shape, data: Reals): Stored =>
  data instanceof Float64Array ? { dtype: 'F64', shape, data } : { dtype: 'F32', shape, data };

/**
 * Throws a `Fault` with tag `data` unless all numbers are finite: no training continues from
 * others.
 */
const checkNumbers = (place: string, numbers: Reals): void => {
  const bad = notFiniteIn('data', place, numbers);
  if (bad !== undefined) throw new Fault(bad);
};

/**
 * Throws a `Fault` with tag `data` unless a tensor holds real numbers: files hold parameters and
 * moments alone.
 */
export const checkReal = (name: string, { dtype }: Tensor): void => {
  if (dtype !== 'float32') fail('data', name, 'real numbers', dtype);
};

const read = async (name: string, leaf: Tensor): Promise<readonly [string, Stored]> => {
  if (leaf.isDisposed) fail('memory', name, 'a tensor that lives', 'a freed one');
  checkReal(name, leaf);
  const numbers = await leaf.data<'float32'>();
  checkNumbers(name, numbers);
  return [name, stored(leaf.shape, numbers)];
};

/**
 * The numbers of tensors by their names, all read at once without stopping the device. Throws a
 * `Fault` with tag `data` and the name for numbers that are not finite, `memory` for a freed
 * tensor, and `backend` for a lost device.
 */
export const readAll = async (
  leaves: readonly (readonly [string, Tensor])[],
): Promise<ReadonlyMap<string, Stored>> => {
  const found = await allEnded(leaves.map(([name, leaf]) => read(name, leaf))).finally(() => {
    // A read from a lost device fails, or returns old numbers or zeros.
    const lost = deviceLost();
    if (lost !== undefined) throw new Fault(lost);
  });
  return new Map(found);
};

/** Whether the backend holds float64. */
const isWide = (): boolean => engine().backendName === 'float64';

const tensorOf = (shape: Shape, numbers: Reals): Tensor =>
  numbers instanceof Float64Array ? tensor64(numbers, [...shape]) : tensor(numbers, [...shape]);

/** A tensor of these numbers without rounding: only the float64 backend takes float64. */
export const exactTensor = (place: string, { dtype, shape, data }: Stored): Tensor => {
  if (dtype === 'F32' || (dtype === 'F64' && isWide())) {
    checkNumbers(place, data);
    return tensorOf(shape, data);
  }
  return fail('data', place, `numbers ${isWide() ? 'F32 or F64' : 'F32'}`, dtype);
};

/**
 * The nearest float32 numbers. Throws a `Fault` with tag `data` for a number outside the range of
 * float32.
 */
const rounded = (place: string, numbers: Float64Array): Float32Array => {
  const near = Float32Array.from(numbers);
  const outside = near.findIndex((value) => !Number.isFinite(value));
  return outside < 0
    ? near
    : fail(
        'data',
        place,
        'numbers in the range of float32, at most 3.4e38',
        `${numbers[outside] ?? ''} at ${outside} of ${numbers.length}`,
      );
};

/**
 * A tensor of the backend's numbers. F32, F16 and BF16 are exact; F64 is rounded to the nearest
 * float32 unless the backend is float64. Throws a `Fault` with tag `data` for numbers that are not
 * finite or out of the range of float32, and for other kinds.
 */
export const nearestTensor = (place: string, { dtype, shape, data }: Stored): Tensor => {
  const of = (numbers: Reals): Tensor => {
    checkNumbers(place, numbers);
    return tensorOf(shape, numbers instanceof Float64Array && !isWide() ? rounded(place, numbers) : numbers);
  };
  switch (dtype) {
    case 'F32':
    case 'F64':
      return of(data);
    case 'F16':
      return of(fromF16(data));
    case 'BF16':
      return of(fromBF16(data));
    case 'BOOL':
    case 'I8':
    case 'I16':
    case 'I32':
    case 'I64':
    case 'U8':
    case 'U16':
    case 'U32':
    case 'U64':
      return fail('data', place, 'numbers F32, F64, F16 or BF16', dtype);
  }
};
