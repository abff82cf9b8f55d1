import { averagedMetric, factoredMetric, Mutants, weightsRepeat } from '../../laws';
import { crossEntropy, softmaxCrossEntropy, squaredError } from '../../src';
import { holds, onEachBackend, rejects } from './support';

onEachBackend(() => {
  holds(weightsRepeat(squaredError));
  holds(weightsRepeat(softmaxCrossEntropy));
  holds(weightsRepeat(crossEntropy({ labelSmoothing: 0.1 })));
  rejects('a division by the number of examples', weightsRepeat(squaredError, Mutants.dividedByCount));
  rejects('an `each` without weights', weightsRepeat(squaredError, Mutants.eachUnweighted));
  rejects('weights that only mask', weightsRepeat(squaredError, Mutants.masksAlone));

  holds(averagedMetric());
  rejects('a mean whose weight is forgotten', averagedMetric(Mutants.weightForgotten));
  rejects('the metric of the last batch alone', averagedMetric(Mutants.alwaysFirst));

  holds(factoredMetric());
  rejects('factors of the last batch alone', factoredMetric(Mutants.factorsOfLast));
  rejects('the metric of the inputs alone', factoredMetric(Mutants.inputsAlone));
  rejects('sums in place of means', factoredMetric(Mutants.factorsOfSums));
});
