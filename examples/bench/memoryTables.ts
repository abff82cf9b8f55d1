/** Peak memory of training, each in a process of its own. */
import * as E from 'fp-ts/Either';
import { type ProxpropError } from '../../src';
import { childMemory } from './children';
import { bytesOf, measured, type Measured, type MeasuredName } from './memory';
import { ms, show, times } from './tables';

const MEGABYTE = 1e6;

type Figures = { [name: string]: unknown };

const memoryTable = async (
  name: string,
  network: Measured,
): Promise<
  E.Either<ProxpropError, { readonly rows: readonly (readonly string[])[]; readonly figures: Figures }>
> => {
  const need = bytesOf(network);
  const rows: (readonly string[])[] = [];
  const figures: Figures = { parametersStateAndActivations: need };
  for (const method of ['backprop', 'exact']) {
    const found = await childMemory('memory', method, name);
    if (E.isLeft(found)) return found;
    const { allocated, resident } = found.right;
    figures[method] = found.right;
    rows.push([
      method,
      ms(allocated / MEGABYTE),
      times(allocated / need),
      ms(resident / MEGABYTE),
      times(resident / need),
    ]);
  }
  return E.right({ rows, figures });
};

export const showMemory = async (
  names: readonly MeasuredName[],
): Promise<E.Either<ProxpropError, Figures | undefined>> => {
  if (process.platform !== 'linux') {
    console.log('\npeak memory: left out, as it is read from /proc, which only Linux has');
    return E.right(undefined);
  }
  const figures: Figures = {};
  for (const name of names) {
    const network: Measured = measured[name];
    const memory = await memoryTable(name, network);
    if (E.isLeft(memory)) return memory;
    figures[name] = memory.right.figures;
    show(
      `peak memory of training the ${network.title}, batch ${network.batch}, beside ${ms(bytesOf(network) / MEGABYTE)} MB of parameters, optimizer state, and activations of a batch`,
      ['method', 'allocated, MB', 'ratio', 'resident, MB', 'ratio of resident'],
      memory.right.rows,
    );
  }
  return E.right(figures);
};
