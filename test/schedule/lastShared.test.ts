/** ProxProp where links share parameters with the last one, under the loss: their step is explicit, wherever they stand. */
import { pipe } from 'fp-ts/function';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  type AnyLayer,
  backprop,
  batchOf,
  bind,
  direction,
  graph,
  identity,
  Key,
  linear,
  output,
  proxprop,
  type ProxpropOptions,
  routes,
  scope,
  share,
  softmaxCrossEntropy,
  tanh,
} from '../../src';
import { relativeDistance, values } from '../../laws';
import { boxes, right, started } from '../support';

const begun = pipe(
  graph([4]),
  bind('first', linear(4, 4), 'input'),
  bind('a', tanh(4), 'first'),
  share('second', 'first', 'a'),
  bind('b', tanh(4), 'second'),
);
/** The same layer at two places and as the last; at two and before the last; and behind the identity. */
const nets: Readonly<Record<'last' | 'below' | 'behind', AnyLayer>> = {
  last: pipe(begun, share('third', 'first', 'b'), output('third')),
  below: pipe(begun, bind('third', linear(4, 4), 'b'), output('third')),
  behind: pipe(begun, share('third', 'first', 'b'), bind('out', identity([4]), 'third'), output('out')),
};

const data = boxes(1, 9, 4, 3);
const on = (net: AnyLayer, options: ProxpropOptions = {}) =>
  scope(() => {
    const parameters = net.init(Key.key(1));
    const batch = batchOf(
      data,
      Int32Array.from({ length: 9 }, (_, i) => i),
    );
    const [own, plain] = [proxprop(options), backprop()].map((method) =>
      values(right(direction(net, softmaxCrossEntropy, method)(parameters, batch)).direction),
    );
    const rows = right(routes(net, softmaxCrossEntropy, proxprop(options))(parameters, batch));
    return {
      steps: rows.map(({ step }) => step).filter((step) => step !== 'no parameters'),
      apart: relativeDistance(own ?? new Float64Array(0), plain ?? new Float64Array(0)),
    };
  });

describe.each([
  ['by default', {}],
  ['with an implicit step on the last link', { last: { tauTheta: 1 } }],
] as const)('parameters that are shared, %s', (_, options) => {
  beforeAll(() => started('wasm'));

  it('with the last link move by the gradient: with no others the direction is that of backprop', () => {
    const { steps, apart } = on(nets.last, options);
    expect(steps).toEqual(['explicit', 'shared', 'shared']);
    expect(apart).toBe(0);
  });

  it('by links below the last move by an implicit step of all of them', () => {
    const { steps, apart } = on(nets.below, options);
    expect(steps).toEqual(['implicit', 'shared', 'last' in options ? 'implicit' : 'explicit']);
    expect(apart).toBeGreaterThan(1e-3);
  });

  it('by links behind which the identity is the last too', () => {
    const { steps, apart } = on(nets.behind, options);
    expect(steps).toEqual(['implicit', 'shared', 'shared']);
    expect(apart).toBeGreaterThan(1e-3);
  });
});
