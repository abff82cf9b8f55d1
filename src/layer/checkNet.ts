import { checkFields } from '../core';
import { type AnyLayer } from './layer';

/** Throws a `Fault` unless this is a network. */
export const checkNet = (net: AnyLayer): void => {
  checkFields('net', net, 'a network, such as chain(linear(4, 3))', {
    name: 'string',
    input: 'list',
    output: 'list',
    init: 'function',
    forward: 'function',
  });
};
