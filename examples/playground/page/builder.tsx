/** The network, layer by layer: dragged by the mouse, moved by buttons or by Alt and an arrow key. */
import { useState } from 'preact/hooks';
import { dataKinds } from '../model/data/kinds';
import { activationNames, type Brick, type State } from '../model/state';
import { Choice, Panel } from './words';

const UNITS = ['2', '4', '8', '12', '16', '24', '32', '64'] as const;
const TOKENS = ['2', '4', '8', '16'] as const;

const names: { readonly [kind in Brick['kind']]: string } = {
  dense: 'dense',
  residual: 'residual block',
  attention: 'attention',
  own: 'your layer',
};

const fresh: { readonly [kind in Brick['kind']]: Brick } = {
  dense: { kind: 'dense', units: 16, activation: 'tanh' },
  residual: { kind: 'residual', activation: 'tanh' },
  attention: { kind: 'attention', tokens: 4, heads: 1 },
  own: { kind: 'own' },
};

const activations = activationNames.map((name) => [name, name] as const);

/** A number among those that are offered. */
const offered = (list: readonly string[], value: number): readonly (readonly [string, string])[] =>
  (list.includes(`${value}`) ? list : [...list, `${value}`]).map((n) => [n, n] as const);

const Settings = ({ brick, change }: { readonly brick: Brick; readonly change: (brick: Brick) => void }) => {
  switch (brick.kind) {
    case 'dense':
      return (
        <>
          <Choice
            {...{
              label: 'units',
              hidden: true,
              value: `${brick.units}`,
              options: offered(UNITS, brick.units),
            }}
            change={(units) => {
              change({ ...brick, units: Number(units) });
            }}
          />
          <Choice
            {...{ label: 'nonlinearity', hidden: true, value: brick.activation, options: activations }}
            change={(activation) => {
              change({ ...brick, activation });
            }}
          />
        </>
      );
    case 'residual':
      return (
        <Choice
          {...{ label: 'nonlinearity', hidden: true, value: brick.activation, options: activations }}
          change={(activation) => {
            change({ ...brick, activation });
          }}
        />
      );
    case 'attention':
      return (
        <>
          <Choice
            {...{ label: 'tokens', value: `${brick.tokens}`, options: offered(TOKENS, brick.tokens) }}
            change={(tokens) => {
              change({ ...brick, tokens: Number(tokens) });
            }}
          />
          <Choice
            {...{ label: 'heads', value: `${brick.heads}`, options: offered(['1', '2', '4'], brick.heads) }}
            change={(heads) => {
              change({ ...brick, heads: Number(heads) });
            }}
          />
        </>
      );
    case 'own':
      return <></>;
  }
};

const moved = (list: readonly Brick[], from: number, to: number): readonly Brick[] => {
  const taken = list[from];
  if (taken === undefined || to < 0 || to >= list.length) return list;
  const rest = list.filter((_, i) => i !== from);
  return [...rest.slice(0, to), taken, ...rest.slice(to)];
};

export const Builder = ({
  state,
  change,
}: {
  readonly state: State;
  readonly change: (network: Brick[]) => void;
}) => {
  const { network } = state;
  const [dragged, drag] = useState<number | undefined>(undefined);
  const [over, hover] = useState<number | undefined>(undefined);
  const move = (from: number, to: number): void => {
    if (from !== to) change([...moved(network, from, to)]);
  };
  const { features, outputs } = dataKinds[state.data.kind];
  return (
    <Panel title="Network">
      <p class="end">
        {features} {features === 1 ? 'input' : 'inputs'}
      </p>
      <ol class="bricks">
        {network.map((brick, i) => (
          <li
            key={i}
            class={`brick ${brick.kind}${over === i && dragged !== i ? ' target' : ''}`}
            draggable
            onDragStart={(event) => {
              event.dataTransfer?.setData('text/plain', `${i}`);
              drag(i);
            }}
            onDragEnd={() => {
              drag(undefined);
              hover(undefined);
            }}
            onDragOver={(event) => {
              event.preventDefault();
              hover(i);
            }}
            onDrop={(event) => {
              event.preventDefault();
              if (dragged !== undefined) move(dragged, i);
              drag(undefined);
              hover(undefined);
            }}
            onKeyDown={(event) => {
              if (!event.altKey || (event.key !== 'ArrowUp' && event.key !== 'ArrowDown')) return;
              event.preventDefault();
              move(i, event.key === 'ArrowUp' ? i - 1 : i + 1);
            }}
          >
            <span class="grip" aria-hidden="true" />
            <span class="brick-name">{names[brick.kind]}</span>
            <span class="brick-buttons">
              <button
                type="button"
                class="icon"
                aria-label={`move layer ${i + 1} up`}
                disabled={i === 0}
                onClick={() => {
                  move(i, i - 1);
                }}
              >
                ↑
              </button>
              <button
                type="button"
                class="icon"
                aria-label={`move layer ${i + 1} down`}
                disabled={i === network.length - 1}
                onClick={() => {
                  move(i, i + 1);
                }}
              >
                ↓
              </button>
              <button
                type="button"
                class="icon"
                aria-label={`remove layer ${i + 1}`}
                onClick={() => {
                  change(network.filter((_, j) => j !== i));
                }}
              >
                ×
              </button>
            </span>
            <span class="brick-settings">
              <Settings
                brick={brick}
                change={(next) => {
                  change(network.map((old, j) => (j === i ? next : old)));
                }}
              />
            </span>
          </li>
        ))}
      </ol>
      <p class="end">
        affine to {outputs} {outputs === 1 ? 'output' : 'outputs'}
      </p>
      <p class="adders">
        {(['dense', 'residual', 'attention', 'own'] as const).map((kind) => (
          <button
            key={kind}
            type="button"
            disabled={network.length >= 8}
            onClick={() => {
              change([...network, fresh[kind]]);
            }}
          >
            + {names[kind]}
          </button>
        ))}
      </p>
    </Panel>
  );
};
