export { atLeast, fraction, held, positive, whole } from './checks';
export { compareTexts } from './compare';
export { concatenated, totalLength } from './concatenated';
export { unrecorded } from './constant';
export * from './convolution';
export {
  NORMALISE,
  NORMALISE_GRADIENT,
  normalised,
  normalisedGradient,
  normalisedGroups,
  normalisesAtOnce,
} from './normalise';
export { STEPPED, stepped } from './stepped';
export { dampings } from './dampings';
export { codeOf, onDisk, refusal } from './disk';
export { allEnded } from './ended';
export * from './error';
export { packingOf, type Batches, type Features, type HostParts, type Shapes } from './features';
export { checkForm, checkLiving, checkTensor, formOf, formOfRecord, LIVING, type LeafForm } from './form';
export * as Formula from './formula';
export { atOnce, attemptAll, attemptAllTask, explained, explaining, inside, shownThrown } from './explain';
export { inNode } from './inNode';
export { absent, isAbsent } from './installed';
export { hasKernel, real, runForOne, runKernel } from './kernel';
export * as Key from './key';
export { globalNorm, scaledNorm, type ScaledNorm } from './norm';
export { oneLine, shortened } from './oneLine';
export { beginsWith, placesAt, showPath, treeAt, withTreeAt, type Path } from './path';
export { addProfiles, inPhase, phases, profiled, type Phase, type Profile } from './profile';
export { isRecord } from './record';
export * from './scope';
export * from './shape';
export { short } from './short';
export { readsStall, readsStallOn } from './stall';
export { checkStarted, livesOn, notStarted } from './started';
export * from './tensor';
export { trace } from './trace';
export * as Tree from './tree';
