/**
 * Law 46: a method under trust never raises J on the batch, whatever its step sizes. It lowers J if
 * J is visibly not stationary. J is that of the network and the loss, by their forward functions
 * alone.
 */
import * as fc from 'fast-check';
import { sub, type Tensor } from '@tensorflow/tfjs-core';
import { energyOf, toNumber, Tree } from '../src';
import { norm, runDirection } from '../src/internal';
import { buildNet, type BuiltNet, byLoss, type ChainCase, chainsAndNets, logUniform } from './arbitrary';
import { all, atMost, type Law, type Verdict } from './law';
import { type ProxMethod } from './method';
import { numberOf } from './numbers';
import { gradientOfLoss, type SweepRunner } from './sweep';

/** A random chain with τ and τ_θ over eight decades. */
export interface TrustedCase {
  readonly chain: ChainCase;
  readonly tau: number;
  readonly tauTheta: number;
}

/** float32 rounding of J and of the parameters after the step, ten times over. */
const ROUNDING = 1e-6;

/** A gradient that lowers J by what float32 shows of it, at whatever step size. */
const SEEN = 1e-2;

/** J at parameters, by the network and the loss alone. */
const objectiveAt = ({ net, loss, example }: BuiltNet, parameters: Tree.Tree): number =>
  toNumber(loss.value(net.forward(parameters, example.input), example.target));

/**
 * Law 46: a step under trust never raises J on the batch, for τ and τ_θ over eight decades, and
 * lowers it where ∇J is more than rounding. The J that it reports is right. Tolerance: float32
 * rounding of J.
 *
 * @param method the method, of τ and τ_θ
 * @param runner what runs its steps. Default: the fast interpreter
 *
 * @example
 * const law = neverRises((tau) => trusting(backprop(), { first: tau }));
 * check(law, { numRuns: 2 }).violation ?? 'holds' // 'holds'
 */
export const neverRises = (method: ProxMethod, runner: SweepRunner = runDirection): Law<TrustedCase> => ({
  number: numberOf('trust'),
  name: 'a step under trust never raises J on the batch, and lowers it where ∇J is not rounding',
  strata: byLoss((c) => c.chain),
  arbitrary: fc.record({
    chain: chainsAndNets({ depth: [2, 3] }),
    tau: logUniform(1e-4, 1e4),
    tauTheta: logUniform(1e-4, 1e4),
  }),
  holds: ({ chain, tau, tauTheta }): Verdict => {
    const built = buildNet(chain);
    const { net, loss, parameters, example } = built;
    const made = method(tau, tauTheta);
    const energy = energyOf(net, loss, made.energy);
    const { direction, trust } = runner(energy, made.schedule(energy.links), parameters, example);
    const before = objectiveAt(built, parameters);
    const after = objectiveAt(built, Tree.zip((p: Tensor, d: Tensor) => sub(p, d))(parameters, direction));
    const size = Math.abs(before) + ROUNDING;
    const steep = norm(gradientOfLoss(net, loss, parameters, example)) > SEEN * size;
    const last = trust.at(-1);
    return all(
      atMost('the rise of J', after - before, ROUNDING * size),
      !steep || after < before || `J stays ${before}, and its gradient does not vanish`,
      last === undefined ||
        atMost('the error of the J that is reported', Math.abs(last.after - after), 10 * ROUNDING * size),
    );
  },
});
