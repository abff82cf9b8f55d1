/** As `config.ts` beside it. */
export { findings } from '../../../src/experiment';
