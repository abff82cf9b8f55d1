/** One loss of several outputs: a weighted sum of a loss on each. */
import { add, cast, equal, fill, floor, mul, type Tensor, where } from '@tensorflow/tfjs-core';
import {
  type Features,
  fail,
  asFloat32,
  inside,
  packingOf,
  positive,
  readsStall,
  type Shape,
  type Shapes,
} from '../core';
import { checkValues } from '../replay';
import { type Loss, lossOfEach, lossValue } from './loss';

/**
 * The type that a name would have to be, in place of one that is no output: the compiler shows its
 * message.
 */
export interface NoSuchOutput<Message extends string> {
  /** The message. */
  readonly noSuchOutput: Message;
}

/** Losses by the names of outputs. */
export type Losses = Readonly<Record<string, Loss>>;

/** Nothing for names of outputs, or the message that says which is none. */
export type AreOutputs<S extends Shapes, L> = {
  readonly [K in Exclude<keyof L, keyof S> & string]: NoSuchOutput<`there is no output '${K}'`>;
};

/**
 * The shape of the targets of each loss: one class for each example, or the shape of the output.
 */
export type TargetShapes<S extends Shapes, L extends Losses> = {
  readonly [K in keyof L & keyof S]: L[K] extends { readonly classifies: true }
    ? readonly []
    : L[K] extends { readonly classifies: false }
      ? S[K]
      : Shape;
};

/** A loss of packed outputs, with the packing of its targets. */
export interface OutputsLoss<T extends Shapes> extends Loss {
  /** Packs the targets of the outputs into one tensor. */
  readonly targets: Features<T>;
}

/**
 * Packed classes as int32. A number that is not whole throws a `Fault` if it can be read, and is no
 * class if reads stall.
 */
const asClasses = (target: Tensor): Tensor => {
  if (target.dtype === 'int32') return target;
  if (!readsStall())
    checkValues(target, (values) => {
      const bad = values.findIndex((v) => !Number.isInteger(v));
      if (bad >= 0) fail('data', `target[${bad}]`, 'a class, a whole number', `${values[bad] ?? ''}`);
    });
  return cast(where(equal(floor(target), target), target, fill(target.shape, -1)), 'int32');
};

interface Part {
  readonly name: string;
  readonly loss: Loss;
  readonly weight: number;
}

/**
 * The weight of all losses as one square, if all outputs have the same square: the ‖·‖² of parts
 * add up.
 */
const quadraticWeightOf = (outputs: readonly string[], parts: readonly Part[]): Loss['quadraticWeight'] => {
  const [first] = parts;
  const own = first?.loss.quadraticWeight;
  return first === undefined ||
    own === undefined ||
    parts.length < outputs.length ||
    parts.some(({ loss, weight }) => loss.quadraticWeight !== own || weight !== first.weight)
    ? undefined
    : (count) => first.weight * own(count);
};

const partsOf = (
  outputs: Features<Shapes>,
  losses: Losses,
  weights: Readonly<Record<string, number | undefined>>,
): readonly Part[] => {
  const known = outputs.names.join(', ');
  for (const name of Object.keys(losses))
    if (!outputs.names.includes(name))
      fail('shape', 'onOutputs.losses', `names among ${known}`, `'${name}', which is no output`);
  for (const name of Object.keys(weights))
    if (losses[name] === undefined)
      fail('options', `onOutputs.weights.${name}`, 'a weight of a loss', 'one of an output without a loss');
  const parts = outputs.names.flatMap((name): readonly Part[] => {
    const loss = losses[name];
    if (loss === undefined) return [];
    const path = `onOutputs.weights.${name}`;
    return [{ name, loss, weight: asFloat32(path, positive(path, weights[name] ?? 1)) }];
  });
  return parts.length > 0 ? parts : fail('options', 'onOutputs.losses', `a loss on one of ${known}`, 'none');
};

const lossOfParts = (outputs: Features<Shapes>, parts: readonly Part[]): OutputsLoss<Shapes> => {
  const targets = packingOf(
    'targets',
    Object.fromEntries(
      parts.map(({ name, loss }) => [name, loss.classifies ? [] : (outputs.shapes[name] ?? [])]),
    ),
  );
  const onlyClasses = (target: Tensor): boolean =>
    parts.length === 1 && parts[0]?.loss.classifies === true && target.rank === 1;
  const quadraticWeight = quadraticWeightOf(outputs.names, parts);
  const total = (measure: typeof lossValue, output: Tensor, target: Tensor): Tensor =>
    parts
      .map(({ name, loss, weight }) =>
        inside(`output ${name}`, () => {
          const own = onlyClasses(target) ? target : targets.take(name, target);
          const y = outputs.take(name, output);
          const value = measure(loss, y, loss.classifies ? asClasses(own) : own);
          return weight === 1 ? value : mul(value, weight);
        }),
      )
      .reduce((a, b) => add(a, b));
  return {
    name: parts
      .map(({ name, loss, weight }) => `${weight === 1 ? '' : `${weight}·`}${loss.name}(${name})`)
      .join(' + '),
    classifies: false,
    ...(quadraticWeight === undefined ? {} : { quadraticWeight }),
    targets,
    value: (output, target) => total(lossValue, output, target),
    ...(parts.every(({ loss }) => loss.each !== undefined)
      ? { each: (output, target) => total(lossOfEach, output, target) }
      : {}),
  };
};

/**
 * The loss of a network with several outputs: a weighted sum of one loss for each, by their names.
 *
 *     loss(y, t) = Σ_p w_p·loss_p(y_p, t_p),   y_p output p of `outputs`, t_p its target
 *
 * Each loss keeps its own batch mean. An output without a loss is ignored. If all outputs have the
 * same square and one weight, the sum is a square too (`quadraticWeight`). There is no accuracy of
 * several outputs: `evaluate` has `null` for it.
 *
 * The result has `targets`, which packs the targets of the losses into [N, T], float32, in the
 * order of the outputs. A loss that classifies has one class for each example, of shape []; for any
 * other the target has the shape of the output. If there is only one loss and it classifies, int32
 * targets [N] work too.
 *
 * @param outputs the `outputs` of the network
 * @param losses the loss of each output, by its name
 * @param weights w_p by its name. Default 1 each
 * @throws a `Fault`: `shape` for a name that is no output; `options` if there is no loss, or a
 *   weight is not positive and finite. An error of one loss names its output
 *
 * @example
 * const losses = { digit: softmaxCrossEntropy, slant: squaredError };
 * const loss = onOutputs(net.outputs, losses, { slant: 0.1 });
 * const target = loss.targets.pack({ digit: labels, slant: angles }); // [N] int32, [N, 1] → [N, 2]
 */
export const onOutputs = <S extends Shapes, const L extends Losses>(
  outputs: Features<S>,
  losses: L & AreOutputs<S, L>,
  weights: { readonly [K in keyof L]?: number } = {},
): OutputsLoss<TargetShapes<S, L>> =>
  // The shapes of the targets are those that the type says; the type tests hold that.
  lossOfParts(outputs, partsOf(outputs, losses, weights)) as unknown as OutputsLoss<TargetShapes<S, L>>;
