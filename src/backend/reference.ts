/** Running a computation on the float64 reference from within a program on another backend. */
import { engine, setBackend } from '@tensorflow/tfjs-core';
import { registerFloat64 } from './float64';

/**
 * Run a synchronous `f` with the float64 reference as the current backend, and go back. Tensors of other
 * backends must not enter `f`, nor those made inside leave it: pass numbers.
 */
export const onReference = <A>(f: () => A): A => {
  registerFloat64();
  const before = engine().backendName;
  // Backends that are initialised, and the reference always, are set before the promise is returned.
  void setBackend('float64');
  try {
    return f();
  } finally {
    void setBackend(before);
  }
};
