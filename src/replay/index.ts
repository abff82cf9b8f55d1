export { asWork, checkValues, makeAudible } from './hearing';
export { begun, fits, planOf, type KernelPlan } from './plan';
export { argumentsOf, recordedBy, sameRecorded, type Arguments, type Recorded } from './recorded';
