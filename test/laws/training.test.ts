/** Laws 36 to 39: what training, evaluation and reports make of methods. */
import { lastSolveShown, Mutants, onceOrEachTime, partition, secondsOfSteps } from '../../laws';
import { holds, holdsAsync, onBackend, onEachBackend, rejects, rejectsAsync } from './support';

onBackend('float64', () => {
  holdsAsync(onceOrEachTime(), { numRuns: 24 });
  rejectsAsync('a start each time', onceOrEachTime(Mutants.startsEachTime));
  rejectsAsync('no start', onceOrEachTime(Mutants.neverStarts));
  rejectsAsync('a sweep too few', onceOrEachTime(Mutants.sweepsTooFew));

  holdsAsync(secondsOfSteps(), { numRuns: 10 });
  rejectsAsync('diagnostics that count', secondsOfSteps(Mutants.diagnosticsCount));
  rejectsAsync('the clock on the wall', secondsOfSteps(Mutants.wallClock));
});

onEachBackend(() => {
  holds(lastSolveShown(), { numRuns: 15 });
  rejects('the first solve', lastSolveShown(Mutants.firstSolveShown));

  holdsAsync(partition());
  rejectsAsync('the mean of the batches', partition(Mutants.meanOfBatches));
  rejectsAsync('full batches only', partition(Mutants.fullBatchesOnly));
});
