import { askedIsDone, endsWhereAsked, Mutants, unitsOfSolves } from '../../laws';
import { holds, onEachBackend, rejects } from './support';

onEachBackend(() => {
  holds(unitsOfSolves());
  rejects('damping that is added whatever the size of A', unitsOfSolves(Mutants.absoluteDamping));
  rejects('a residual that is not relative', unitsOfSolves(Mutants.absoluteResidual));
  rejects('an iterate that is left where H is small', unitsOfSolves(Mutants.absoluteStop));

  holds(askedIsDone());
  rejects('float32 where float64 is said', askedIsDone(Mutants.falselyDouble));
  rejects('float64 where float32 is asked for', askedIsDone(Mutants.alwaysDouble));
  rejects('the route of the cost model', askedIsDone(Mutants.anyRoute));
  rejects('an iteration too few, which is not said', askedIsDone(Mutants.oneTooFew));
  rejects('V a millionth too long', askedIsDone(Mutants.aMillionthLong));

  holds(endsWhereAsked());
  rejects('a tolerance that ends nothing', endsWhereAsked(Mutants.neverEarly));
  rejects('an iteration more than is asked for', endsWhereAsked(Mutants.oneMore));
});
