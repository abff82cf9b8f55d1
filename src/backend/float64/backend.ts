/**
 * The reference backend, which runs tfjs programs with every real number in float64.
 *
 * It is made to be right, not fast: derivatives computed with it can be compared with its own
 * central differences, without the rounding of float32. tfjs calls its real numbers 'float32' and
 * has no other name for them; here that name stands for a `Float64Array`.
 *
 * A tensor made on this backend must not be used on another one: tfjs would pass on its float64
 * values as if they were float32.
 */
import { type backend_util, type DataType, DataStorage, engine, KernelBackend } from '@tensorflow/tfjs-core';
import { fail } from '../../core';

/** The arrays in which this backend holds real numbers, integers and booleans. */
export type Values = Float64Array | Int32Array | Uint8Array;

interface Stored {
  readonly values: Values;
  refCount: number;
}

/** A zeroed array of `size` entries for the dtype. */
export const allocate = (dtype: DataType, size: number): Values => {
  switch (dtype) {
    case 'float32':
      return new Float64Array(size);
    case 'int32':
      return new Int32Array(size);
    case 'bool':
      return new Uint8Array(size);
    case 'string':
    case 'complex64':
      return fail('backend', 'float64', 'dtype float32, int32 or bool', dtype);
  }
};

/** A copy of `values` in the array that the dtype calls for. */
export const convert = (dtype: DataType, values: ArrayLike<number>): Values => {
  const copy = allocate(dtype, values.length);
  copy.set(values);
  return copy;
};

export class Float64Backend extends KernelBackend {
  private data = new DataStorage<Stored>(this, engine());

  /** The values themselves, not a copy: for kernels, which do not write to their inputs. */
  values(dataId: object): Values {
    return this.data.get(dataId).values;
  }

  /** Take over `values`, which the caller must not write to afterwards. */
  store(values: Values): object {
    const dataId = {};
    this.data.set(dataId, { values, refCount: 1 });
    return dataId;
  }

  override write(values: backend_util.BackendValues, _shape: number[], dtype: DataType): object {
    const dataId = {};
    this.move(dataId, values, _shape, dtype, 1);
    return dataId;
  }

  override move(
    dataId: object,
    values: backend_util.BackendValues,
    _shape: number[],
    dtype: DataType,
    refCount: number,
  ): void {
    if (Array.isArray(values)) return fail('backend', 'float64', 'numbers', 'a tensor of strings');
    this.data.set(dataId, { values: convert(dtype, values), refCount });
  }

  override readSync(dataId: object): backend_util.BackendValues {
    // Boundary with tfjs: its type for values has no Float64Array. Readers index the array,
    // whichever it is.
    return this.values(dataId).slice() as unknown as backend_util.BackendValues;
  }

  override read(dataId: object): Promise<backend_util.BackendValues> {
    return Promise.resolve(this.readSync(dataId));
  }

  override disposeData(dataId: object, force = false): boolean {
    if (!this.data.has(dataId)) return true;
    const stored = this.data.get(dataId);
    stored.refCount -= 1;
    if (!force && stored.refCount > 0) return false;
    this.data.delete(dataId);
    return true;
  }

  override incRef(dataId: object): void {
    this.data.get(dataId).refCount += 1;
  }

  override refCount(dataId: object): number {
    return this.data.has(dataId) ? this.data.get(dataId).refCount : 0;
  }

  override numDataIds(): number {
    return this.data.numDataIds();
  }

  override memory(): { unreliable: boolean; reasons: string[] } {
    return { unreliable: true, reasons: ['numBytes counts 4 bytes for a real number; it takes 8 here.'] };
  }

  /** tfjs knows 16 and 32 only, and asks in order to choose its own small constants. */
  override floatPrecision(): 16 | 32 {
    return 32;
  }

  /** As under the float32 backends: the program must stay the same program. */
  override epsilon(): number {
    return 1e-7;
  }

  override dispose(): void {
    this.data = new DataStorage<Stored>(this, engine());
  }
}
