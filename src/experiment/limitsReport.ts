/** The report of an experiment on step sizes. */
import * as Report from '../report';
import { type LimitsConfig } from './config';
import { type Document, paragraph, type Picture } from './document';
import { type LimitsResult, type LimitsRow, type What } from './limits';

const WORDS: { readonly [what in What]: { readonly title: string; readonly y: string } } = {
  block: { title: 'the first layer’s own problem, one step', y: 'q after / before' },
  objective: { title: 'the objective', y: 'J after / before' },
};

const methodOf = (what: What, method: LimitsRow['method']): string =>
  what === 'block' ? method : method === 'explicit' ? 'backprop' : 'ProxProp exact';

/**
 * A name for a file. The case's number stands first, since different names may have the same
 * letters.
 */
const plotName = (config: LimitsConfig, name: string): string => {
  const plain = (text: string): string =>
    text
      .toLowerCase()
      .replace(/[^a-z0-9]+/g, '-')
      .slice(0, 60);
  const alike = config.cases.filter((other) => plain(other.name) === plain(name));
  return alike.length === 1
    ? plain(name)
    : `${config.cases.findIndex((other) => other.name === name) + 1}${plain(name)}`;
};

const show = (value: number): string => value.toPrecision(3);

const picture = (
  config: LimitsConfig,
  result: LimitsResult,
  name: string,
  what: What,
  seed: number,
): Picture => {
  const limit = result.limits.find((l) => l.case === name && l.what === what && l.seed === seed)?.size;
  const steps = what === 'block' ? 'one step' : `${config.steps} steps`;
  return {
    name: `${plotName(config, name)}-${what}`,
    caption: `${name}: ${WORDS[what].title}, by the step size, after ${steps}; seed ${seed}.`,
    spec: Report.curvesSpec({
      title: `${name}: ${WORDS[what].title}`,
      x: { title: 'step size', log: true },
      y: { title: WORDS[what].y, log: true },
      markDiverged: true,
      rules: limit == null ? [] : [{ x: limit, label: `2/λ = ${show(limit)}` }],
      points: result.rows
        .filter((row) => row.case === name && row.what === what && row.seed === seed)
        .map((row) => ({ name: methodOf(what, row.method), x: row.size, y: row.ratio ?? Number.NaN })),
    }),
  };
};

/** How many step sizes lower it, and from which explicit ones do not any more. */
const tableRow = (
  { multiples }: LimitsConfig,
  { rows, limits }: LimitsResult,
  name: string,
  what: What,
  seed: number,
): readonly string[] => {
  const of = (method: LimitsRow['method']) =>
    rows.filter((r) => r.case === name && r.what === what && r.seed === seed && r.method === method);
  const lowers = ({ ratio }: LimitsRow): boolean => ratio !== null && ratio <= 1;
  const limit = limits.find((l) => l.case === name && l.what === what && l.seed === seed)?.size ?? null;
  const first = of('explicit').find((r) => !lowers(r))?.size;
  const count = (method: LimitsRow['method']): string =>
    `${of(method).filter(lowers).length} of ${multiples.count}`;
  return [
    name,
    what,
    String(seed),
    limit === null ? 'none' : show(limit),
    first === undefined || limit === null ? 'none' : show(first / limit),
    count('explicit'),
    count('implicit'),
    String(of('explicit').filter(({ ratio }) => ratio === null).length),
    String(of('implicit').filter(({ ratio }) => ratio === null).length),
  ];
};

const whats: readonly What[] = ['block', 'objective'];

const finding = ({ rows }: LimitsResult, what: What): string => {
  const of = (method: LimitsRow['method']) => rows.filter((r) => r.what === what && r.method === method);
  const risen = (some: readonly LimitsRow[]): number =>
    some.filter(({ ratio }) => ratio === null || ratio > 1).length;
  const [explicit, implicit] = [of('explicit'), of('implicit')];
  const subject = what === 'block' ? 'the block' : 'the objective';
  const steps = what === 'block' ? 'steps' : 'runs';
  return `Of ${explicit.length} explicit ${steps}, ${risen(explicit)} raise ${subject}; of ${implicit.length} implicit ones, ${risen(implicit)} do.`;
};

export const limitsReport = (config: LimitsConfig, result: LimitsResult): Document => ({
  name: config.name,
  title: config.title,
  pictures: config.cases.flatMap(({ name, seeds: [seed = 0] }) =>
    whats.map((what) => picture(config, result, name, what, seed)),
  ),
  sections: [
    { heading: 'The answer', parts: whats.map((what) => paragraph(finding(result, what))) },
    {
      heading: 'What came out',
      parts: [
        {
          tag: 'table',
          header: [
            'case',
            'of',
            'seed',
            '2/λ',
            'smallest explicit step that raises it, in limits',
            'explicit steps that lower it',
            'implicit steps that lower it',
            'explicit not finite',
            'implicit not finite',
          ],
          rows: config.cases.flatMap(({ name, seeds }) =>
            whats.flatMap((what) => seeds.map((seed) => tableRow(config, result, name, what, seed))),
          ),
        },
        paragraph(
          'The limit of the block is exact. That of the objective holds near a minimum for the quadratic that J is there: away from it steps above 2/λ may still lower J, and steps below it may not. Implicit steps on parameters have no limit of their own, but their targets are explicit steps on the activations, with τ: ProxProp as a whole is not stable for every τ.',
        ),
      ],
    },
    {
      heading: 'What was asked',
      parts: [
        paragraph(config.question),
        paragraph(
          `${config.multiples.count} step sizes s, from ${config.multiples.from} to ${config.multiples.to} times the limit 2/λ. Block: one step on q(θ) = ½·‖f(θ, x) − z‖² of the first layer, where z is what backprop's sweep asks of its output; explicit θ − s·∇q, implicit argmin q + ‖· − θ‖²/(2s); λ is the largest eigenvalue of JᵀJ, J = ∂f/∂θ. Objective: ${config.steps} steps on one batch by backprop with τ = s, and by exact ProxProp with τ = s; λ is the largest eigenvalue of the Hessian at the start.`,
        ),
      ],
    },
  ],
});
