import { Tree } from '../../../src';
import { options as usual, validation } from './all';

// `keepBest` frees parameters that are not the best.
export const options = { ...usual, parameters: Tree.copy(usual.parameters), validation };
export const byValidation = ({
  validationLoss = Number.NaN,
}: {
  readonly validationLoss?: number | null;
}): number => validationLoss ?? Number.NaN;
