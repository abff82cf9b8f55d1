/** The table of rates as the source that the library has of it. */
import { type Solver } from '../../../src';

/** Three digits are more than any machine keeps to. */
const shown = (value: unknown): string => {
  if (typeof value === 'number')
    return Number.isFinite(value) ? String(Number(value.toPrecision(3))) : 'Infinity';
  if (typeof value === 'string') return `'${value.replace(/[\\']/g, (c) => `\\${c}`)}'`;
  if (typeof value !== 'object' || value === null) return String(value);
  return `{ ${Object.entries(value)
    .map(([name, of]) => `${name}: ${shown(of)}`)
    .join(', ')} }`;
};

/** TypeScript, not laid out yet. */
export const ratesText = (
  table: Solver.Rates,
): string => `/** The measured rates of \`solveTime.ts\`, written by \`npm run bench -- --fit\`. */
import { type Rates } from './rate';

/** The rates that \`npm run bench -- --fit\` measured last. */
export const rates: Rates = ${shown(table)};
`;
