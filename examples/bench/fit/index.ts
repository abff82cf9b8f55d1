/** `npm run bench -- --fit`: measure what solves cost, and write the table by which the library chooses among them. */
import { join } from 'node:path';
import * as E from 'fp-ts/Either';
import { format, resolveConfig } from 'prettier';
import { Disk, type ProxpropError, Report, type Running } from '../../../src';
import { machineOf, today } from '../origin';
import { changedRows, compared, summary } from './report';
import { solves } from './solves';
import { tableOf } from './table';
import { ratesText } from './text';

const FILE = join(__dirname, '..', '..', '..', 'src', 'solver', 'rates.ts');

/** Ends in the table's place in the sources, and in the choices that it changes. */
export const fit = async (
  { threads }: Pick<Running, 'threads'>,
  rounds: number,
  quick: boolean,
): Promise<E.Either<ProxpropError, void>> => {
  const systems = solves(rounds, quick);
  const table = tableOf(systems.flat(), { machine: machineOf(threads), date: today() });
  const all = compared(systems, table);
  console.log('\nways to solve that change by the table, ms\n');
  console.log(Report.table(['system', 'by multiply-adds', 'by the table', 'measured'], changedRows(all)));
  console.log(`\n${summary(all, table)}`);
  const text = await format(ratesText(table), { ...(await resolveConfig(FILE)), parser: 'typescript' });
  const written = await Disk.save(FILE, text)();
  if (E.isRight(written)) console.log(`\nwritten: src/solver/rates.ts`);
  return written;
};
