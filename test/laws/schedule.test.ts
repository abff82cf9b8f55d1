import { Mutants, stepAlgebra, words } from '../../laws';
import { holds, onEachBackend, rejects } from './support';

onEachBackend(() => {
  holds(stepAlgebra());
  rejects('a sequence that runs its last step first', stepAlgebra(Mutants.rotatedWords(words)));
  rejects('jointly as a sequence', stepAlgebra(Mutants.sequentialJointly(words)));
});
