/** Steps of ours and of PyTorch on the same networks, by turns in the same rounds. */
import * as E from 'fp-ts/Either';
import { adam, backprop, dispose, exact, nesterov, type ProxpropError, proxprop } from '../../src';
import { channelsFirst, type Contested, contested, exampleOf, netOf } from './contest';
import { product } from './limit';
import { burst, type Effort, median, paired, TURN, WARM } from './measure';
import { RATE, stepper } from './stepper';
import { Done, Milliseconds, type Torch } from './torch';

/** The longest that one answer may take, in seconds. */
const PATIENCE = 300;

const LARGE = [500, 3072, 4000] as const;

type Theirs = 'torchNesterov' | 'torchAdam';
type Name = 'nesterov' | 'adam' | 'exact' | Theirs;

/** Medians in milliseconds, and medians of ratios within the rounds. */
export interface Versus {
  readonly network: string;
  readonly batch: number;
  readonly milliseconds: { readonly [N in Name]: number };
  /** Ours / PyTorch. */
  readonly nesterov: number;
  readonly adam: number;
  /** An exact ProxProp step / PyTorch's step with Nesterov's momentum. */
  readonly exact: number;
}

/** Milliseconds of each in one round. */
type Round = { readonly [N in Name]: number };

const asked = async (torch: Torch, optimizer: string): Promise<E.Either<ProxpropError, number>> => {
  const answer = await torch.ask(Milliseconds, { ask: 'steps', optimizer, milliseconds: TURN }, PATIENCE);
  return E.isLeft(answer) ? answer : E.right(answer.right.milliseconds);
};

const bothOf = async (torch: Torch): Promise<E.Either<ProxpropError, Pick<Round, Theirs>>> => {
  const first = await asked(torch, 'nesterov');
  if (E.isLeft(first)) return first;
  const second = await asked(torch, 'adam');
  return E.isLeft(second) ? second : E.right({ torchNesterov: first.right, torchAdam: second.right });
};

const versus = async (
  torch: Torch,
  network: Contested,
  { rounds, warm }: Effort,
): Promise<E.Either<ProxpropError, Versus>> => {
  const { name, batch, layers } = network;
  const made = await torch.ask(
    Done,
    { ask: 'network', layers, input: channelsFirst(network), batch },
    PATIENCE,
  );
  if (E.isLeft(made)) return made;
  const net = netOf(network);
  const example = exampleOf(network);
  const solved = proxprop({ tauTheta: 0.05, solver: exact() });
  const steppers = {
    nesterov: stepper(net, backprop(), example, nesterov(RATE, 0.95)),
    adam: stepper(net, backprop(), example, adam(RATE)),
    exact: stepper(net, solved, example, nesterov(RATE, 0.95)),
  };
  const found: Round[] = [];
  const end = (): void => {
    for (const { end: free } of Object.values(steppers)) free();
    dispose(example.input, example.target);
  };
  for (const { run } of Object.values(steppers)) burst(run, warm);
  for (let round = -WARM; round < rounds; round++) {
    const own = {
      nesterov: burst(steppers.nesterov.run, TURN),
      adam: burst(steppers.adam.run, TURN),
      exact: burst(steppers.exact.run, TURN),
    };
    const other = await bothOf(torch);
    if (E.isLeft(other)) {
      end();
      return other;
    }
    if (round >= 0) found.push({ ...own, ...other.right });
  }
  end();
  const of = (which: Name): readonly number[] => found.map((round) => round[which]);
  return E.right({
    network: name,
    batch,
    milliseconds: {
      nesterov: median(of('nesterov')),
      adam: median(of('adam')),
      exact: median(of('exact')),
      torchNesterov: median(of('torchNesterov')),
      torchAdam: median(of('torchAdam')),
    },
    nesterov: paired(of('nesterov'), of('torchNesterov')),
    adam: paired(of('adam'), of('torchAdam')),
    exact: paired(of('exact'), of('torchNesterov')),
  });
};

/** What was compared, and how fast each multiplies large matrices. */
export interface VersusTorch {
  readonly version: string;
  readonly gigaflops: { readonly ours: number; readonly torch: number };
  readonly networks: readonly Versus[];
}

/** All networks, medians of the rounds. */
export const versusTorch = async (
  torch: Torch,
  effort: Effort,
  quick: boolean,
): Promise<E.Either<ProxpropError, VersusTorch>> => {
  const large = product(...LARGE);
  const speeds: { readonly ours: number; readonly torch: number }[] = [];
  for (let round = 0; round < effort.rounds; round++) {
    const own = burst(large.run, 0);
    const other = await torch.ask(Milliseconds, { ask: 'product', sizes: LARGE }, PATIENCE);
    if (E.isLeft(other)) {
      large.end();
      return other;
    }
    speeds.push({ ours: own, torch: other.right.milliseconds });
  }
  large.end();
  const networks: Versus[] = [];
  for (const network of quick ? contested.slice(0, 2) : contested) {
    const found = await versus(torch, network, effort);
    if (E.isLeft(found)) return found;
    networks.push(found.right);
  }
  const rate = (of: 'ours' | 'torch'): number => large.work / median(speeds.map((s) => s[of])) / 1e6;
  return E.right({
    version: torch.version,
    gigaflops: { ours: rate('ours'), torch: rate('torch') },
    networks,
  });
};

export const versusHeader = [
  'network, batch',
  'backprop, ms',
  'PyTorch, ms',
  'ratio',
  'Adam, ms',
  'PyTorch, ms',
  'ratio',
  'exact / PyTorch',
];

export const versusRows = (found: VersusTorch): readonly (readonly string[])[] =>
  found.networks.map(({ network, batch, milliseconds: ms, nesterov: first, adam: second, exact: solved }) => [
    `${network}, ${batch}`,
    ms.nesterov.toFixed(1),
    ms.torchNesterov.toFixed(1),
    first.toFixed(2),
    ms.adam.toFixed(1),
    ms.torchAdam.toFixed(1),
    second.toFixed(2),
    solved.toFixed(2),
  ]);
