/** The laws in the packed library, of which a bundler has to see the import. */
import { type Laws } from './lawsModule.js';

export const importLaws = (): Promise<Laws> => import('../laws/index.js');
