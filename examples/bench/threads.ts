/** Steps of each network by one thread and by two, which take turns as processes. */
import { join } from 'node:path';
import * as E from 'fp-ts/Either';
import { type ProxpropError } from '../../src';
import { contested } from './contest';
import { converse, type Conversation } from './conversation';
import { type Effort, median, paired, WARM } from './measure';
import { Milliseconds } from './torch';

/** The longest that one answer may take, in seconds. */
const PATIENCE = 300;

const METHODS = ['backprop', 'exact'] as const;
type Method = (typeof METHODS)[number];

/** Medians in milliseconds, and of the ratios within the rounds: how many times as fast two threads are. */
interface Times {
  readonly one: number;
  readonly two: number;
  readonly ratio: number;
}

export interface Threaded {
  readonly network: string;
  readonly backprop: Times;
  readonly exact: Times;
}

const serving = (threads: number, warm: number): Conversation =>
  converse('child.ts', process.execPath, [
    require.resolve('ts-node/dist/bin.js'),
    join(__dirname, 'child.ts'),
    'serve',
    String(threads),
    String(warm),
  ]);

const timesOf = async (
  one: Conversation,
  two: Conversation,
  network: string,
  method: Method,
  rounds: number,
): Promise<E.Either<ProxpropError, Times>> => {
  const found: { readonly one: number; readonly two: number }[] = [];
  for (let round = -WARM; round < rounds; round++) {
    const single = await one.ask(Milliseconds, { network, method }, PATIENCE);
    if (E.isLeft(single)) return single;
    const double = await two.ask(Milliseconds, { network, method }, PATIENCE);
    if (E.isLeft(double)) return double;
    if (round >= 0) found.push({ one: single.right.milliseconds, two: double.right.milliseconds });
  }
  const of = (which: 'one' | 'two'): readonly number[] => found.map((round) => round[which]);
  return E.right({ one: median(of('one')), two: median(of('two')), ratio: paired(of('one'), of('two')) });
};

/** All networks. */
export const threaded = async (
  { rounds, warm }: Effort,
  quick: boolean,
): Promise<E.Either<ProxpropError, readonly Threaded[]>> => {
  const [one, two] = [serving(1, warm), serving(2, warm)];
  try {
    const all: Threaded[] = [];
    for (const { name: network } of quick ? contested.slice(0, 2) : contested) {
      const plain = await timesOf(one, two, network, 'backprop', rounds);
      if (E.isLeft(plain)) return plain;
      const solved = await timesOf(one, two, network, 'exact', rounds);
      if (E.isLeft(solved)) return solved;
      all.push({ network, backprop: plain.right, exact: solved.right });
    }
    return E.right(all);
  } finally {
    one.end();
    two.end();
  }
};

export const threadedHeader = [
  'network',
  'backprop by 1 thread, ms',
  'by 2',
  'ratio',
  'exact by 1 thread, ms',
  'by 2',
  'ratio',
];

export const threadedRows = (found: readonly Threaded[]): readonly (readonly string[])[] =>
  found.map(({ network, ...methods }) => [
    network,
    ...METHODS.flatMap((method) => {
      const { one, two, ratio } = methods[method];
      return [one.toFixed(1), two.toFixed(1), ratio.toFixed(2)];
    }),
  ]);
