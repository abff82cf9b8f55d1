/** The pictures of a run: loss over steps and seconds, angle, step norm, energy by link. */
import { methodTable } from '../model/methodTable';
import { type Point } from '../model/run';
import { shown } from '../model/slider';
import { type State } from '../model/state';
import { Chart, type Series } from './chart';
import { dashOf } from './dash';
import { energiesOf, type View } from './run';
import { Choice } from './words';
import { methodColour, type Theme } from './theme';

/** More points than a line has pixels cost time alone. */
const MOST_POINTS = 400;

const thinned = (points: readonly Point[]): readonly Point[] => {
  const every = Math.ceil(points.length / MOST_POINTS);
  return every <= 1 ? points : points.filter((_, i) => i % every === 0 || i === points.length - 1);
};

const seriesOf = (
  state: State,
  view: View,
  theme: Theme,
  across: (point: Point) => number,
  up: (point: Point) => number | null,
): readonly Series[] =>
  state.methods.map(({ id }, i): Series => {
    const points = thinned(view.lanes[i]?.points ?? []);
    const dash = dashOf(state.methods, i);
    return {
      name: `${methodTable[id].name} ${i + 1}`,
      colour: methodColour(theme, id),
      xs: points.map(across),
      ys: points.map(up),
      ...(dash.length === 0 ? {} : { dash }),
    };
  });

/** Bars are logarithmic: from the smallest energy that is shown to the greatest. */
const DECADES = 6;

const Energies = ({
  state,
  view,
  theme,
}: {
  readonly state: State;
  readonly view: View;
  readonly theme: Theme;
}) => {
  const lanes = state.methods.map(({ id }, i) => {
    const lane = view.lanes[i];
    return { id, links: lane === undefined ? [] : energiesOf(lane) };
  });
  const most = Math.max(0, ...lanes.flatMap(({ links }) => links.map(({ energy }) => energy)));
  const share = (energy: number): number =>
    energy <= 0 || most <= 0 ? 0 : Math.max(0, 1 + Math.log10(energy / most) / DECADES);
  return (
    <section class="energies" aria-label="energy by link">
      <h3>
        Energy by link <span>bars span {DECADES} powers of ten</span>
      </h3>
      {lanes.every(({ links }) => links.length === 0) ? (
        <p class="quiet">Each link’s term of E after the last step of a method.</p>
      ) : (
        lanes.map(({ id, links }, i) => (
          <table key={i} style={{ '--method': methodColour(theme, id) }}>
            <caption>{methodTable[id].name}</caption>
            <tbody>
              {links.map(({ name, energy }, l) => (
                <tr key={l}>
                  <th scope="row">
                    {l + 1} {name}
                  </th>
                  <td class="bar">
                    <span style={{ width: `${100 * share(energy)}%` }} />
                  </td>
                  <td>{shown(energy)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        ))
      )}
    </section>
  );
};

const angleAt = (link: number, { angle, links }: Point): number | null =>
  link === 0 ? angle : (links[link - 1]?.angle ?? null);

export const Charts = (shared: {
  readonly state: State;
  readonly view: View;
  readonly theme: Theme;
  readonly change: (part: Partial<State>) => void;
}) => {
  const { state, view, theme, change } = shared;
  const lines = (across: (point: Point) => number, up: (point: Point) => number | null) =>
    seriesOf(state, view, theme, across, up);
  const { version } = view;
  const step = (point: Point): number => point.step;
  return (
    <div class="charts">
      <h2 class="unseen">Charts</h2>
      <Chart
        {...{ theme, version }}
        title="Loss J"
        unit="over steps"
        log
        series={lines(step, (p) => p.loss)}
      />
      <Chart
        {...{ theme, version }}
        title="Loss J"
        unit="over seconds of training"
        log
        series={lines(
          (p) => p.seconds,
          (p) => p.loss,
        )}
      />
      <Chart
        {...{ theme, version }}
        title="Angle to −∇J"
        unit="in degrees"
        series={lines(step, (p) => angleAt(state.angleOf, p))}
      >
        <Choice
          {...{ label: 'angle of', hidden: true, value: `${state.angleOf}` }}
          options={[
            ['0', 'all parameters'],
            ...view.links.map((name, i) => [`${i + 1}`, `link ${i + 1}, ${name}`] as const),
          ]}
          change={(link) => {
            change({ angleOf: Number(link) });
          }}
        />
      </Chart>
      <Chart
        {...{ theme, version }}
        title="Step norm"
        unit="over steps"
        log
        series={lines(step, (p) => p.stepNorm)}
      />
      <Energies {...shared} />
    </div>
  );
};
