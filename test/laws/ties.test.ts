import { maximum, minimum } from '@tensorflow/tfjs-core';
import { Mutants, tiesAddUp } from '../../laws';
import { holds, onEachBackend, rejects } from './support';

onEachBackend(() => {
  holds(tiesAddUp('maximum', maximum));
  holds(tiesAddUp('minimum', minimum));
  rejects('all of the cotangent to both', tiesAddUp('maximum', Mutants.bothAtTies));
  rejects('nothing to either', tiesAddUp('maximum', Mutants.noneAtTies));
});
