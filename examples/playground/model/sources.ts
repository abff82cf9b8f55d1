/** The texts of the data sets, for exported programs. Vite and vitest read a file as a text by `?raw`. */
import circles from './data/circles.ts?raw';
import curve from './data/curve.ts?raw';
import digits from './data/digits.ts?raw';
import moons from './data/moons.ts?raw';
import random from './data/random.ts?raw';
import spiral from './data/spiral.ts?raw';
import xor from './data/xor.ts?raw';
import { type DataKindName } from './data/kinds';

/** A module without its imports, its exports and the comment at its head. */
const body = (text: string): string =>
  text
    .replace(/^\/\*\*[\s\S]*?\*\/\n/, '')
    .replace(/^import .*\n/gm, '')
    .replace(/^export /gm, '')
    .trim();

const generators: { readonly [kind in DataKindName]: string } = {
  spiral,
  moons,
  circles,
  xor,
  curve,
  digits,
};

/** The generator of a data set, with what it draws its numbers by. */
export const sourceOf = (kind: DataKindName): string => `${body(random)}\n\n${body(generators[kind])}`;
