/**
 * The step that a method takes on the parameters of each link, read off its steps without running
 * them.
 */
import { type Energy, showBlock, theta, variablesOf } from '../energy';
import { type BlockStep, blockSteps, type Step } from '../step';

/** How a method moves the parameters of one link. */
export interface LinkStep {
  readonly link: number;
  readonly name: string;
  /**
   * `none`: the schedule does not move them. `no parameters`: the link has none. `shared`: they
   * move with those of `owner`.
   */
  readonly step: 'explicit' | 'implicit' | 'none' | 'no parameters' | 'shared';
  /** The earlier link whose parameters this link uses. */
  readonly owner?: number;
}

/**
 * A `LinkStep` with its implicit step if it has one: the last one that moves the parameters of the
 * link, alone or together with others.
 */
export interface LinkStepOn extends LinkStep {
  readonly on?: Extract<BlockStep, { readonly tag: 'implicit' }>;
}

/** The step of each link. `isEmpty` says which links have no tensors of parameters. */
export const linkSteps = (
  energy: Energy,
  step: Step,
  isEmpty: (link: number) => boolean,
): readonly LinkStepOn[] => {
  const steps = blockSteps(step);
  return energy.links.map(({ number, name, owner }): LinkStepOn => {
    const row = { link: number, name };
    if (owner !== number && !isEmpty(owner)) return { ...row, step: 'shared', owner };
    if (isEmpty(number)) return { ...row, step: 'no parameters' };
    const own = showBlock(theta(number));
    const mine = steps.filter(({ block }) => variablesOf(block).some((v) => showBlock(v) === own));
    const on = mine.flatMap((s) => (s.tag === 'implicit' ? [s] : [])).at(-1);
    if (on !== undefined) return { ...row, step: 'implicit', on };
    return { ...row, step: mine.length > 0 ? 'explicit' : 'none' };
  });
};
