/** Law 40, on the one backend that has kernels for everything in a solve. */
import { costAsCounted, Mutants } from '../../laws';
import { holdsAsync, onBackend, rejectsAsync } from './support';

onBackend('wasm', () => {
  holdsAsync(costAsCounted(), { numRuns: 200 });
  rejectsAsync('a factorisation that costs nothing', costAsCounted(Mutants.freeFactor));
  rejectsAsync('units forgotten', costAsCounted(Mutants.unitsForgotten));
  rejectsAsync('iterations forgotten', costAsCounted(Mutants.iterationsForgotten));
  rejectsAsync('the dual of a system for its primal', costAsCounted(Mutants.sidesSwapped));
});
