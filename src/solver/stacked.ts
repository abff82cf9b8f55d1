/**
 * Combines several ridge problems on one unknown into one: their weighted rows, one below the
 * other.
 */
import { add, concat, matMul, mul, slice, type Tensor } from '@tensorflow/tfjs-core';
import { type Tree } from '../core';
import { chooseGram } from './choose';
import { type Blocks, type Design, exact } from './operator';

/** The problem ½·weight·‖A·V − H‖², with H = `rest` as its design holds it. */
export interface Weighted<P extends Tree.Tree> {
  readonly design: Design<P>;
  /** H, as the design holds it. */
  readonly rest: Tensor;
  readonly weight: number;
}

/**
 * One design at the inputs of all, if these lie in memory and weigh the same, as those of the steps
 * of a recurrent network.
 */
const atAllInputs = <P extends Tree.Tree>(
  all: readonly { readonly design: Design<P>; readonly root: number }[],
): Design<P> | undefined => {
  const inputs = all.flatMap(({ design, root }) => (root === 1 ? (design.inputs ?? []) : []));
  const [first] = all;
  const at = first?.design.at;
  const isAll = inputs.length === all.length && inputs.every(({ ones }) => ones === inputs[0]?.ones);
  return at === undefined || !isAll ? undefined : at(concat(inputs.map(({ x }) => x)));
};

/**
 * The sum of several ridge problems on one V, as one problem with the weight 1:
 * `A = [√w_1·A_1; √w_2·A_2; …]`, and H likewise. All designs need equal columns, units and layout
 * of V; those of the first are used. You dispose of `rest`, the stacked H.
 *
 * `others` are the problems after the first. Unequal layouts are not checked here; the stacked
 * system then fails with an error of tfjs.
 *
 * @example stacked({ design: a, rest: h, weight: 1 }, { design: b, rest: k, weight: 0.5 })
 */
export const stacked = <P extends Tree.Tree>(
  first: Weighted<P>,
  ...others: readonly Weighted<P>[]
): Weighted<P> => {
  const all = [first, ...others].map(({ design, rest, weight }) => ({
    design,
    rest,
    root: Math.sqrt(weight),
  }));
  const { columns, units, scalars, pack, unpack } = first.design;
  const rows = all.reduce((n, { design }) => n + design.rows, 0);
  const starts = all.map((_, i) => all.slice(0, i).reduce((n, { design }) => n + design.rows, 0));
  const matrix = (): Tensor =>
    concat(
      all.map(({ design, root }) => mul(design.matrix(), root)),
      0,
    );
  const cheapest = (design: Design<P>): Design<P>['grams'][number] => chooseGram(exact(), design.grams);
  const systems = all.flatMap(({ design, root }) =>
    design.blocks === undefined ? [] : [{ ...design.blocks, by: root ** 2 }],
  );
  const size = systems[0]?.size;
  const blocks: Blocks | undefined =
    size === undefined || systems.filter((own) => own.size === size).length < all.length
      ? undefined
      : { size, form: () => systems.map(({ form, by }) => mul(form(), by)).reduce((a, b) => add(a, b)) };
  const rest = concat(
    all.map(({ design, rest: own, root }) => mul(design.toUnits(own), root)),
    1,
  );
  const whole = atAllInputs(all);
  if (whole !== undefined)
    return {
      weight: 1,
      rest,
      design: { ...whole, outputs: (y) => y, toUnits: (h) => h, fromUnits: (h) => h },
    };
  return {
    weight: 1,
    rest,
    design: {
      rows,
      columns,
      units,
      scalars,
      pack: (v) => pack(v),
      unpack,
      matrix,
      apply: (v) =>
        concat(
          all.map(({ design, root }) => mul(design.toUnits(design.apply(v)), root)),
          1,
        ),
      adjoint: (h) =>
        unpack(
          all
            .map(({ design, root }, i) => {
              const own = slice(h, [0, starts[i] ?? 0], [units, design.rows]);
              return mul(design.pack(design.adjoint(design.fromUnits(own))), root);
            })
            .reduce((a, b) => add(a, b)),
        ),
      grams: [
        {
          name: 'product',
          cost: all.reduce((total, { design }) => total + cheapest(design).cost, 0),
          form: () =>
            all
              .map(({ design, root }) => mul(cheapest(design).form(), root ** 2))
              .reduce((a, b) => add(a, b)),
        },
      ],
      ...(blocks === undefined ? {} : { blocks }),
      dualGram: () => {
        const a = matrix();
        return matMul(a, a, false, true);
      },
      outputs: (y) => y,
      toUnits: (h) => h,
      fromUnits: (h) => h,
    },
  };
};
