/** The direction and a moment, as formulas. */
import { Formula } from '../../../src';

export const [a, b] = [Formula.input(0), Formula.input(1)];
/** The formula, not the batch of that name. */
export const { input } = Formula;
