/** As `config.ts` beside it. */
export type { Row } from '../../../src/experiment';
