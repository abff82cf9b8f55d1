/** The laws, loaded when they are asked for: their package `fast-check` need not be installed. */
import { createRequire } from 'node:module';

export type Laws = typeof import('../laws');

/** From the sources, which a loader of TypeScript hooks into `require` alone for. */
export const importLaws = (): Promise<Laws> =>
  // Boundary with Node: what `require` gives has no type.
  Promise.resolve().then(() => createRequire(__filename)('../laws') as Laws);
