import { join } from 'node:path';

/** Words for Node that let it load TypeScript: the same code as under ts-node, compiled once for all processes. */
export const typeScript: readonly string[] = ['-r', join(__dirname, 'typescript.cjs')];
