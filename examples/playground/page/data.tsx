/** Data, loss and noise. */
import { dataKinds, type DataKindName } from '../model/data/kinds';
import { keysOf } from '../model/keys';
import { type Slider } from '../model/methodTable';
import {
  type BackendName,
  backendNames,
  type LossName,
  lossNames,
  type MethodState,
  type State,
} from '../model/state';
import { Choice, Panel, Range, Whole } from './words';

const entries = <K extends string, V>(record: { readonly [key in K]: V }): readonly (readonly [K, V])[] =>
  keysOf(record).map((key) => [key, record[key]] as const);

const noise: Slider = {
  ...{ key: 'noise', label: 'noise', min: 0, max: 1, start: 0.2 },
  ...{ scale: 'linear', about: 'of the inputs, or of the targets of a curve' },
};

/** A method whose rate is at most 0.1. */
const slower = (method: MethodState): MethodState => {
  const { rate } = method.values;
  return rate === undefined ? method : { ...method, values: { ...method.values, rate: Math.min(rate, 0.1) } };
};

export const DataPanel = ({
  state,
  change,
}: {
  readonly state: State;
  readonly change: (part: Partial<State>) => void;
}) => {
  const { data, loss } = state;
  const kinds = entries(dataKinds).map(([kind, { name }]) => [kind, name] as const);
  const losses = entries(lossNames).filter(
    ([name]) => dataKinds[data.kind].classifies || name === 'squaredError',
  );
  const choose = (kind: DataKindName): void => {
    const { classifies } = dataKinds[kind];
    const fits: LossName = classifies
      ? dataKinds[data.kind].classifies
        ? loss
        : 'crossEntropy'
      : 'squaredError';
    // A squared error is steeper: the rates of a classification would leave the valley at once.
    const methods = classifies ? state.methods : state.methods.map(slower);
    change({ data: { ...data, kind }, loss: fits, methods });
  };
  return (
    <Panel title="Data">
      <Choice label="examples" value={data.kind} options={kinds} change={choose} />
      <Whole
        {...{ label: 'how many', value: data.count, min: 20, max: 2000, step: 10 }}
        change={(count) => {
          change({ data: { ...data, count } });
        }}
      />
      <Range
        slider={noise}
        value={data.noise}
        change={(value) => {
          change({ data: { ...data, noise: value } });
        }}
      />
      <Choice
        label="loss"
        value={loss}
        options={losses}
        change={(name) => {
          change({ loss: name });
        }}
      />
    </Panel>
  );
};

export const RunPanel = ({
  state,
  change,
}: {
  readonly state: State;
  readonly change: (part: Partial<State>) => void;
}) => (
  <Panel title="Run">
    <Whole
      {...{ label: 'steps', value: state.steps, min: 1, max: 5000 }}
      change={(steps) => {
        change({ steps });
      }}
    />
    <Whole
      {...{ label: 'batch, 0 for all', value: state.batch, min: 0, max: 2000 }}
      change={(batch) => {
        change({ batch });
      }}
    />
    <Whole
      {...{ label: 'seed', value: state.seed, min: 0, max: 9999 }}
      change={(seed) => {
        change({ seed });
      }}
    />
    <Choice<BackendName>
      label="backend"
      value={state.backend}
      options={entries(backendNames)}
      change={(backend) => {
        change({ backend });
      }}
    />
  </Panel>
);
