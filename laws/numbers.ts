/**
 * The laws in their order. The number of a law is its place here, and no other code contains it. A
 * new law goes to the end, with a row in the table of `laws/README.md`, which a test compares with
 * this list.
 */
export const LAWS = [
  'feasibility',
  'backprop',
  'couplings',
  'targets',
  'optimality',
  'smallProximal',
  'fixedPoints',
  'descent',
  'stability',
  'conjugateGradients',
  'agreement',
  'firmness',
  'stationaryPoints',
  'schedules',
  'layers',
  'optimizers',
  'keys',
  'backends',
  'blockDescent',
  'blockOptimality',
  'smallSteps',
  'monotone',
  'fixedPrediction',
  'wStep',
  'multipliers',
  'strongPredictions',
  'linksCompose',
  'opaque',
  'sums',
  'energy',
  'programs',
  'progress',
  'units',
  'ownResults',
  'memoryOfSweep',
  'onceOrEach',
  'lastSolve',
  'partition',
  'seconds',
  'cost',
  'ties',
  'parts',
  'lossOnOutputs',
  'weights',
  'averagedMetric',
  'trust',
  'unitsOfSolves',
  'askedIsDone',
  'endsWhereAsked',
  'factoredMetric',
  'plans',
] as const;

/** A name of a law; `numberOf` gives its number. */
export type LawName = (typeof LAWS)[number];

/**
 * The number of a law of the library. The laws of your own may have any other.
 *
 * @example numberOf('feasibility') // 1
 */
export const numberOf = (law: LawName): number => LAWS.indexOf(law) + 1;
