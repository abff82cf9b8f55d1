/** The parameters that a network takes: whether those that are given are of their form. */
import { checkForm, fail, formOf, formOfRecord, Key, type LeafForm, scope, Tree } from '../core';
import { isChain } from './chain';
import { type AnyLayer } from './layer';

/**
 * The forms that were computed before. `init` gives the same forms for any key, so nothing depends
 * on who asked first.
 */
const known = new WeakMap<AnyLayer, readonly LeafForm[]>();

/** The form of the parameters of a layer. A `Fault` where its `init` fails. */
const formOfLayer = (layer: AnyLayer): readonly LeafForm[] => {
  const before = known.get(layer);
  if (before !== undefined) return before;
  const { parameterShapes } = layer;
  const form =
    parameterShapes === undefined
      ? scope(() => formOf(layer.init(Key.key(0))))
      : formOfRecord(parameterShapes);
  known.set(layer, form);
  return form;
};

/**
 * Checks that parameters are as `net.init` makes them: the same names, shapes and types, alive, on
 * the backend that computes. It throws a `Fault` that names the first tensor that differs, as
 * `checkForm` does.
 */
export const checkParameters = (path: string, net: AnyLayer, parameters: Tree.Tree): void => {
  if (!isChain(net)) {
    checkForm(path, parameters, formOfLayer(net));
    return;
  }
  const count = net.layers.length;
  const each = Tree.isTuple(parameters)
    ? parameters
    : fail('shape', path, 'one tree for each layer', 'a tree of another structure');
  net.layers.forEach((layer, i) => {
    const place = `${path}.${i}`;
    const tree = each[i] ?? fail('shape', place, `the parameters of layer ${i} (${layer.name})`, 'none');
    checkForm(place, tree, formOfLayer(layer));
  });
  if (each.length > count)
    fail('shape', `${path}.${count}`, `parameters of ${count} layers`, `${each.length}`);
};
