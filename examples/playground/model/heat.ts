/** The lesson on robustness: a map of final losses, methods against τ. */
import { type Experiment } from './experiment';
import { finalLoss } from './run';
import { type State } from './state';

/** From where nothing holds to where nothing moves. */
export const HEAT_TAUS = [50, 20, 10, 5, 2, 1, 0.5, 0.1] as const;

export interface HeatCell {
  readonly method: number;
  readonly tau: number;
  /** J after all steps; `null` where the training diverged. */
  readonly loss: number | null;
}

/** The state whose method has another τ; unchanged where it has none. */
export const withTau = (state: State, method: number, tau: number): State => ({
  ...state,
  methods: state.methods.map((m, i) =>
    i === method && 'tau' in m.values ? { ...m, values: { ...m.values, tau } } : m,
  ),
});

/** The cells one after another: the methods take turns at each τ. */
export async function* heatMap(experiment: Experiment): AsyncGenerator<HeatCell, void, undefined> {
  for (const tau of HEAT_TAUS)
    for (const method of experiment.state.methods.keys()) {
      const state = withTau(experiment.state, method, tau);
      yield { method, tau, loss: await finalLoss({ ...experiment, state }, method) };
    }
}
