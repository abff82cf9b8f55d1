/** What the multiply-adds of the exact solves alone would make of a step, for any network whose links have designs. */
import {
  type AnyChain,
  energyOf,
  type Example,
  exact,
  forwardState,
  groupParameters,
  Key,
  scope,
  softmaxCrossEntropy,
  Solver,
} from '../../src';
import { inputsOf } from '../../src/internal';

/**
 * 1 + multiply-adds of all exact solves / those of backprop in the layers that have designs: forward and both gradients, R·F·U each. What
 * else a network computes is left out of both. Links of one θ have one system, of the rows of all; links of one A one matrix and one
 * factor.
 */
export const predictedOf = (net: AnyChain, example: Example): number =>
  scope(() => {
    const energy = energyOf(net, softmaxCrossEntropy);
    const state = forwardState(energy, groupParameters(energy, net.init(Key.key(1))), example.input);
    const systems = new Map<string, Solver.Size>();
    let backprop = 0;
    for (const link of energy.links) {
      const design = link.last ? undefined : link.design?.(inputsOf(state, link));
      if (design === undefined) continue;
      const { rows, columns, units, source, blocks } = design;
      backprop += 3 * rows * (blocks?.size ?? columns) * units;
      const one = source === undefined ? `θ${link.owner}` : `A${link.reads.join()} ${source.matrix}`;
      const name = link.owner === link.number && link.sharers.length === 1 ? one : `θ${link.owner}`;
      const before = systems.get(name);
      systems.set(
        name,
        before === undefined
          ? design
          : name === one && source !== undefined
            ? { ...before, units: before.units + units }
            : { rows: before.rows + rows, columns, units },
      );
    }
    return (
      1 +
      [...systems.values()].map((size) => Solver.priceOf(exact(), size)).reduce((a, b) => a + b, 0) / backprop
    );
  });
