/** Runs a computation on the float64 reference backend from within a program on another backend. */
import { engine, setBackend } from '@tensorflow/tfjs-core';
import { registerFloat64 } from './float64';

/**
 * Runs a synchronous `f` with the float64 reference as the current backend, then restores the
 * previous backend. Tensors of other backends must not enter `f`, and tensors made inside must not
 * leave it: pass numbers. If `f` throws, the exception is rethrown after the backend is restored.
 *
 * @example
 * onReference(() => toNumber(sum(tensor64([0.1, 0.2], [2])))) // 0.30000000000000004
 */
export const onReference = <A>(f: () => A): A => {
  registerFloat64();
  const before = engine().backendName;
  // tfjs looks through all kernels for each change.
  if (before === 'float64') return f();
  // For initialised backends, and always for the reference, this takes effect before the promise is
  // returned.
  void setBackend('float64');
  try {
    return f();
  } finally {
    void setBackend(before);
  }
};
