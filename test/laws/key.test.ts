import { keyDeterminism, keyIndependence, keyMachine, Mutants } from '../../laws';
import { holds, onEachBackend, rejects } from './support';

onEachBackend(() => {
  holds(keyDeterminism());
  holds(keyIndependence());
  rejects('numbers that depend on the count of calls', keyDeterminism(Mutants.countingKeys(keyMachine)));
  rejects('children that are their parent', keyIndependence(Mutants.sameKeys(keyMachine)));
});
