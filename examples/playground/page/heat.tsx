/** The lesson on robustness: a map of final losses that fills as trainings end. */
import { HEAT_TAUS, type HeatCell } from '../model/heat';
import { methodTable } from '../model/methodTable';
import { shown } from '../model/slider';
import { type State } from '../model/state';
import { type Controller } from './run';
import { methodColour, type Theme } from './theme';

/** From this loss down to that one the colour goes from its palest to its strongest. */
const [WORST, BEST] = [1.2, 0.01];

/** 0 for no better than guessing, 1 for a loss of 0.01 or less. */
export const strength = (loss: number): number =>
  Math.min(1, Math.max(0, Math.log(WORST / Math.max(loss, 1e-12)) / Math.log(WORST / BEST)));

const Cell = ({ cell, theme }: { readonly cell: HeatCell | undefined; readonly theme: Theme }) => {
  if (cell === undefined) return <td class="cell" />;
  const { loss } = cell;
  if (loss === null) return <td class="cell diverged">diverged</td>;
  const share = Math.round(100 * strength(loss));
  const dark = theme === 'dark';
  const style = {
    background: dark
      ? `color-mix(in oklab, #2ec4b6 ${share}%, #1b2530)`
      : `color-mix(in oklab, #0b6e69 ${share}%, #eef3f5)`,
    color: dark ? (share > 45 ? '#06201d' : '#e6ebf1') : share > 45 ? '#ffffff' : '#1a2430',
  };
  return (
    <td class="cell" style={style} data-cell={loss}>
      {shown(Number(loss.toPrecision(2)))}
    </td>
  );
};

export const Heat = ({
  state,
  controller,
  theme,
}: {
  readonly state: State;
  readonly controller: Controller;
  readonly theme: Theme;
}) => {
  const { cells, filling } = controller.view;
  const total = HEAT_TAUS.length * state.methods.length;
  return (
    <section class="lesson heat" aria-label="loss after training, by method and τ">
      <p class="buttons">
        <button
          type="button"
          class="primary"
          disabled={filling || controller.view.phase === 'loading'}
          onClick={() => {
            controller.fill(state);
          }}
        >
          {filling ? 'Filling…' : cells.length > 0 ? 'Fill again' : 'Fill the map'}
        </button>
        <span class="progress" role="status">
          {cells.length} of {total} trainings of {state.steps} steps
        </span>
      </p>
      <div class="scroll" tabindex={0} role="group" aria-label="heat map">
        <table class="map" data-map>
          <caption>Training loss after {state.steps} steps; stronger is lower</caption>
          <thead>
            <tr>
              <th scope="col">τ</th>
              {state.methods.map(({ id }, i) => (
                <th key={i} scope="col">
                  <span class="swatch" style={{ '--method': methodColour(theme, id) }} />{' '}
                  {methodTable[id].name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {HEAT_TAUS.map((tau) => (
              <tr key={tau}>
                <th scope="row">{tau}</th>
                {state.methods.map((_, i) => (
                  <Cell key={i} theme={theme} cell={cells.find((c) => c.tau === tau && c.method === i)} />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
};
