/** One card for each method: its picture, its numbers and its sliders. */
import { useEffect, useRef } from 'preact/hooks';
import { dataKinds } from '../model/data/kinds';
import { keysOf } from '../model/keys';
import { type MethodId, methodTable, rowOf, startValues } from '../model/methodTable';
import { shown } from '../model/slider';
import { type MethodState, type State } from '../model/state';
import { dashOf } from './dash';
import { drawNetwork } from './draw';
import { type Lane, type View } from './run';
import { methodColour, type Theme } from './theme';
import { Choice, Range } from './words';

/** Pixels of the picture along each side; the style sheet sizes it. */
const SIZE = 560;

const Picture = ({
  state,
  lane,
  id,
  view,
  theme,
}: {
  readonly state: State;
  readonly lane: Lane | undefined;
  readonly id: MethodId;
  readonly view: View;
  readonly theme: Theme;
}) => {
  const canvas = useRef<HTMLCanvasElement>(null);
  const { data } = view;
  const seen = lane?.seen;
  const colour = methodColour(theme, id);
  const { kind } = state.data;
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (context === null || context === undefined || data === undefined) return;
    drawNetwork(context, SIZE, { kind, data, seen, colour, theme });
  }, [kind, data, seen, colour, theme]);
  const { classifies, features } = dataKinds[kind];
  const what =
    features > 2
      ? 'test digits and what the network takes them for'
      : classifies
        ? 'decision surface and examples'
        : 'fitted curve and examples';
  return (
    <canvas
      ref={canvas}
      class="picture"
      width={SIZE}
      height={SIZE}
      role="img"
      aria-label={`${methodTable[id].name}: ${what}`}
      data-export={methodTable[id].name}
      data-colour={colour}
    />
  );
};

const Numbers = ({ lane }: { readonly lane: Lane | undefined }) => {
  const last = lane?.points.at(-1);
  const rows: readonly (readonly [string, string])[] = [
    ['loss', last === undefined ? '–' : shown(last.loss)],
    ['test', last === undefined ? '–' : shown(last.testLoss)],
    ...(last?.accuracy == null ? [] : [['accuracy', `${(100 * last.accuracy).toFixed(0)} %`] as const]),
  ];
  return (
    <dl class="numbers" data-loss={last?.loss} data-test-loss={last?.testLoss} data-step={last?.step}>
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
};

const ids = keysOf(methodTable);
const choices = ids.map((id) => [id, methodTable[id].name] as const);

const Card = ({
  state,
  index,
  method,
  view,
  theme,
  change,
  remove,
}: {
  readonly state: State;
  readonly index: number;
  readonly method: MethodState;
  readonly view: View;
  readonly theme: Theme;
  readonly change: (method: MethodState) => void;
  readonly remove: (() => void) | undefined;
}) => {
  const lane = view.lanes[index];
  const { id, values } = method;
  return (
    <article
      class="card"
      style={{ '--method': methodColour(theme, id) }}
      aria-label={`${methodTable[id].name}, method ${index + 1}`}
    >
      <div class="card-head">
        <svg class="stroke" viewBox="0 0 24 12" aria-hidden="true">
          <line x1="0" x2="24" y1="6" y2="6" stroke-dasharray={dashOf(state.methods, index).join(' ')} />
        </svg>
        <Choice
          {...{ label: `method ${index + 1}`, hidden: true, value: id, options: choices }}
          change={(next) => {
            change({ id: next, values: startValues(next) });
          }}
        />
        {remove === undefined ? null : (
          <button type="button" class="icon" aria-label={`remove ${methodTable[id].name}`} onClick={remove}>
            ×
          </button>
        )}
      </div>
      <Picture {...{ state, lane, id, view, theme }} />
      <Numbers lane={lane} />
      {lane?.line === undefined ? null : (
        <p class="stopped" title={lane.line}>
          {lane.diverged ? `Diverged after step ${lane.points.at(-1)?.step ?? 0}.` : lane.line}
        </p>
      )}
      <div class="sliders">
        {rowOf(id).sliders.map((slider) => (
          <Range
            key={slider.key}
            slider={slider}
            value={values[slider.key] ?? slider.start}
            change={(value) => {
              change({ id, values: { ...values, [slider.key]: value } });
            }}
          />
        ))}
      </div>
    </article>
  );
};

export const Cards = ({
  state,
  view,
  theme,
  change,
}: {
  readonly state: State;
  readonly view: View;
  readonly theme: Theme;
  readonly change: (methods: MethodState[]) => void;
}) => {
  const { methods } = state;
  const next = ids.find((id) => !methods.some((m) => m.id === id)) ?? 'backprop';
  return (
    <section class="methods" aria-label="methods">
      <div class="cards">
        {methods.map((method, i) => (
          <Card
            key={i}
            {...{ state, index: i, method, view, theme }}
            change={(moved) => {
              change(methods.map((m, j) => (j === i ? moved : m)));
            }}
            remove={
              methods.length === 1
                ? undefined
                : () => {
                    change(methods.filter((_, j) => j !== i));
                  }
            }
          />
        ))}
      </div>
      {methods.length >= 4 ? null : (
        <button
          type="button"
          class="add-method"
          onClick={() => {
            change([...methods, { id: next, values: startValues(next) }]);
          }}
        >
          + method
        </button>
      )}
    </section>
  );
};
