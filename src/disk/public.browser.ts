/** A page has no files: what writes them says that it needs Node. */
import { inNode } from '../core';

export const append: typeof import('./files').append = inNode('append');
export const hold: typeof import('./hold').hold = inNode('hold');
export const save: typeof import('./files').save = inNode('save');
export const writeFiles: typeof import('./files').writeFiles = inNode('writeFiles');
