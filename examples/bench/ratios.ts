/** The ratios of the bench over the releases: a row each in `history.json`, and pictures of them. */
import { join } from 'node:path';
import * as E from 'fp-ts/Either';
import * as t from 'io-ts';
import { Disk, error, type ProxpropError, Report } from '../../src';
import { readJson } from './json';

const FILE = join(__dirname, 'history.json');

const Step = t.type({ name: t.string, toBackprop: t.number, toLimit: t.number });
const Steps = t.type({ times: t.array(Step) });

/** What is taken of the figures that `--json` writes; sections that were left out are not there. */
export const BenchFigures = t.intersection([
  t.type({ version: t.string, date: t.string, machine: t.string }),
  t.partial({
    smallNetworks: t.array(t.intersection([t.type({ name: t.string }), Steps])),
    mlp: Steps,
    convNet: Steps,
    transformer: Steps,
    branching: t.array(t.type({ network: t.string, method: t.string, toBackprop: t.number })),
    pytorch: t.type({
      networks: t.array(t.type({ network: t.string, nesterov: t.number, exact: t.number })),
    }),
    threadsOf: t.array(t.type({ network: t.string, backprop: t.type({ ratio: t.number }) })),
    seconds: t.array(t.type({ team: t.string, name: t.string, seconds: t.union([t.number, t.null]) })),
  }),
]);
export type BenchFigures = t.TypeOf<typeof BenchFigures>;

/** The kinds of ratios, each with a picture: the less the better, but for `threads`. */
export const kinds = {
  limit: 'backprop / its multiply-adds at the speed of a large product',
  exact: 'exact ProxProp / backprop',
  pytorch: 'backprop / PyTorch',
  exactToPytorch: 'exact ProxProp / PyTorch',
  threads: 'one thread / two',
} as const;
type Kind = keyof typeof kinds;

const Ratios = t.record(t.string, t.number);

/** A release on a machine: of each kind the ratios by network. */
export const Row = t.type({
  version: t.string,
  date: t.string,
  machine: t.string,
  ratios: t.record(t.string, Ratios),
});
export type Row = t.TypeOf<typeof Row>;
export const History = t.array(Row);

type Named = readonly (readonly [name: string, ratio: number | undefined])[];

const recordOf = (named: Named): { [name: string]: number } =>
  Object.fromEntries(named.flatMap(([name, ratio]) => (ratio === undefined ? [] : [[name, ratio] as const])));

/** The ratios of a run, to two digits behind the point; kinds without any are left out. */
export const rowOf = (figures: BenchFigures): Row => {
  const { version, date, machine, smallNetworks = [], mlp, convNet, transformer, branching = [] } = figures;
  const networks = [
    ...smallNetworks.map(({ name, times }) => [name, times] as const),
    ...(mlp === undefined ? [] : [['3072-4000-1000-4000-10', mlp.times] as const]),
    ...(convNet === undefined ? [] : [['ConvNet 16-20-20-10', convNet.times] as const]),
    ...(transformer === undefined ? [] : [['transformer encoder', transformer.times] as const]),
  ];
  const found: { readonly [K in Kind]: Named } = {
    limit: networks.map(([name, times]) => [name, times.find((s) => s.name === 'backprop')?.toLimit]),
    exact: [
      ...networks.map(([name, times]) => [name, times.find((s) => s.name === 'exact')?.toBackprop] as const),
      ...branching
        .filter(({ method }) => method === 'exact')
        .map(({ network, toBackprop }) => [network, toBackprop] as const),
    ],
    pytorch: (figures.pytorch?.networks ?? []).map(({ network, nesterov }) => [network, nesterov]),
    exactToPytorch: (figures.pytorch?.networks ?? []).map(({ network, exact }) => [network, exact]),
    threads: (figures.threadsOf ?? []).map(({ network, backprop }) => [network, backprop.ratio]),
  };
  const ratios = Object.entries(found)
    .map(([kind, named]) => [kind, recordOf(named)] as const)
    .filter(([, named]) => Object.keys(named).length > 0);
  return { version, date, machine, ratios: Object.fromEntries(ratios) };
};

/** With a row at the end; it takes the place of one of the same version and machine. */
export const withRow = (history: readonly Row[], row: Row): readonly Row[] => [
  ...history.filter(({ version, machine }) => version !== row.version || machine !== row.machine),
  row,
];

/** A plot of each kind of ratios that there are, over the rows. */
export const historyPlots = (history: readonly Row[]): readonly (readonly [Kind, Report.CurvesPlot])[] =>
  (Object.entries(kinds) as readonly [Kind, string][]).flatMap(([kind, title]) => {
    const points = history.flatMap(({ ratios }, i) =>
      Object.entries(ratios[kind] ?? {}).map(([name, y]) => ({ name, x: i + 1, y })),
    );
    const rows = history.map(({ version, date }, i) => `${i + 1}: ${version}, ${date}`).join('; ');
    return points.length === 0
      ? []
      : [
          [
            kind,
            { title, x: { title: `row (${rows})`, log: false }, y: { title: 'ratio', log: true }, points },
          ],
        ];
  });

/** Take the ratios of a run into the history, and draw it: `history-limit.svg` and so on. */
export const record = async (
  figures: string,
  out: string,
  file: string = FILE,
): Promise<E.Either<ProxpropError, void>> => {
  const read = await readJson(figures, BenchFigures);
  if (E.isLeft(read)) return read;
  const row = rowOf(read.right);
  if (Object.keys(row.ratios).length === 0)
    return E.left(error('data', figures, 'a section with ratios, such as networks', 'none'));
  const before = await readJson(file, History);
  if (E.isLeft(before)) return before;
  const history = withRow(before.right, row);
  const pictures: { [name: string]: string | Uint8Array } = {};
  for (const [kind, plot] of historyPlots(history)) {
    const drawn = await Report.curvesPlot(plot)();
    if (E.isLeft(drawn)) return drawn;
    pictures[`history-${kind}.svg`] = drawn.right.svg;
    pictures[`history-${kind}.png`] = drawn.right.png;
  }
  const written = await Report.writeFiles(out, pictures)();
  if (E.isLeft(written)) return written;
  return Disk.save(file, `${JSON.stringify(history, null, 2)}\n`)();
};
