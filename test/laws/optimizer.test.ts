import { adam, momentum, Optimizer, sgd, weightDecay } from '../../src';
import {
  averagesParameters,
  badDirectionShows,
  batchesAccumulate,
  epsilonHeld,
  groupsApart,
  Mutants,
  ofEachNumber,
  optimizerMonoid,
  OptimizerMutants,
  optimizerPurity,
  treeTrajectory,
} from '../../laws';
import { adamReference, momentumReference } from '../../src/registry/references';
import { clippedReference } from '../optimizer/references';
import { table } from '../optimizer/table';
import { holds, onEachBackend, rejects } from './support';

const {
  accumulate,
  averageOf,
  chain,
  clipByGlobalNorm,
  ema,
  multiTransform,
  muon,
  scale,
  scaleByAdam,
  trace,
} = Optimizer;

/** Each case is twenty steps of up to four tensors. */
const numRuns = 30;

onEachBackend(() => {
  for (const { name: of, optimizer, reference } of table) {
    holds(treeTrajectory(optimizer, reference), { of, numRuns });
    holds(optimizerPurity(optimizer), { of, numRuns });
    holds(badDirectionShows(optimizer), { of, numRuns });
  }
  holds(optimizerMonoid(chain, [weightDecay(0.1), scaleByAdam(), scale(0.1)]), { numRuns });
  holds(optimizerMonoid(chain, [clipByGlobalNorm(0.5), muon(0.1), ema(0.9)]), { of: 'of trees', numRuns });

  holds(groupsApart(multiTransform, [sgd(0.1), adam(0.01), momentum(0.1)]), { numRuns });
  holds(
    groupsApart(multiTransform, [clipByGlobalNorm(0.3), Optimizer.adafactor(0.01), accumulate(2, sgd(0.1))]),
    {
      numRuns,
    },
  );
  holds(batchesAccumulate(accumulate, 3, adam(0.01)), { numRuns });
  holds(batchesAccumulate(accumulate, 4, chain(clipByGlobalNorm(0.3), muon(0.1))), { numRuns });
  holds(batchesAccumulate(accumulate, 2, Optimizer.adafactor(0.1)), { numRuns });
  holds(averagesParameters(averageOf, 0.9, adam(0.01)), { numRuns });
  holds(averagesParameters(averageOf, 0.9999, sgd(0.1)), { numRuns });

  for (const [name, optimizerOf] of [
    ['adam', (epsilon: number) => adam(0.01, { epsilon })],
    ['nadam', (epsilon: number) => Optimizer.nadam(0.01, { epsilon })],
    ['rmsprop', (epsilon: number) => Optimizer.rmsprop(0.01, { epsilon })],
    ['adagrad', (epsilon: number) => Optimizer.adagrad(0.01, epsilon)],
    ['adadelta', (epsilon: number) => Optimizer.adadelta(1, 0.9, epsilon)],
    ['adafactor', (epsilon: number) => Optimizer.adafactor(0.01, { epsilon })],
  ] as const)
    holds(epsilonHeld(optimizerOf), { of: name, numRuns });
  rejects('an ε that nobody looks at', epsilonHeld(Mutants.uncheckedEpsilon));

  rejects('another β₂', treeTrajectory(adam(0.01, { beta2: 0.99 }), ofEachNumber(adamReference(0.01))));
  rejects(
    'heavy ball in the place of Nesterov',
    treeTrajectory(momentum(0.1, 0.95), ofEachNumber(momentumReference(0.1, 0.95, true))),
  );
  for (const clip of [OptimizerMutants.clipEachTensor, OptimizerMutants.clipByLargest])
    rejects(clip(1).name, treeTrajectory(chain(clip(0.5), sgd(0.1)), clippedReference(0.1, 0.5)));
  rejects(
    'an infinite number that is clipped',
    badDirectionShows(chain(OptimizerMutants.clipInfinity(1), sgd(0.1))),
  );
  rejects('state outside of the state', optimizerPurity(Mutants.staleOptimizer()));
  rejects(
    'a chain that rotates',
    optimizerMonoid(Mutants.rotatedJoin, [weightDecay(0.1), scaleByAdam(), trace(0.9)]),
  );
  const three = [sgd(0.1), adam(0.01), momentum(0.1)] as const;
  rejects('groups that move all', groupsApart(OptimizerMutants.ungrouped, three));
  rejects('groups of which the last has a tensor', groupsApart(OptimizerMutants.lastGroup, three));
  rejects('a sum of batches', batchesAccumulate(OptimizerMutants.sumOfBatches, 3, sgd(0.1)));
  rejects('an update of every batch', batchesAccumulate(OptimizerMutants.everyBatch, 3, sgd(0.1)));
  rejects('an average with its bias', averagesParameters(OptimizerMutants.biasedAverage, 0.9, sgd(0.1)));
});
