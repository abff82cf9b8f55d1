/** The lesson on the sweep: activations as dots that the reader moves. */
import { useRef } from 'preact/hooks';
import { type State } from '../model/state';
import { LINKS, type Moves, type SweepView, TAU } from '../model/sweep';
import { useNarrow } from './narrow';
import { type View } from './run';
import { ink, methodColour, type Theme } from './theme';

const [WIDTH, HEIGHT] = [720, 380];
/** The values that an axis shows. */
const TOP = 1.9;
const BOTTOM = -1.5;

const column = (l: number): number => 60 + (l * (WIDTH - 120)) / 5;
const row = (value: number): number => 44 + ((TOP - value) / (TOP - BOTTOM)) * (HEIGHT - 96);
const valueAtRow = (y: number): number => TOP - ((y - 44) / (HEIGHT - 96)) * (TOP - BOTTOM);

const clamp = (value: number): number => Math.min(2, Math.max(-2, Math.round(value * 100) / 100));

const signed = (value: number): string => {
  const text = Math.abs(value) < 5e-7 ? '0.0000' : value.toFixed(4);
  return text.replace('-', '−');
};

const Dots = ({
  sweep,
  theme,
  moved,
  move,
}: {
  readonly sweep: SweepView;
  readonly theme: Theme;
  readonly moved: readonly number[];
  readonly move: (l: number, by: number) => void;
}) => {
  const svg = useRef<SVGSVGElement>(null);
  const held = useRef<number | undefined>(undefined);
  const { text, quiet, line, ground } = ink(theme);
  const large = useNarrow() ? 1.7 : 1;
  const [home, now] = [methodColour(theme, 'backprop'), methodColour(theme, 'proxprop')];
  const toValue = (event: PointerEvent): number => {
    const box = svg.current?.getBoundingClientRect();
    return box === undefined ? 0 : valueAtRow(((event.clientY - box.top) / box.height) * HEIGHT);
  };
  const drag = (event: PointerEvent): void => {
    const { current: l } = held;
    if (l !== undefined) move(l, toValue(event) - (sweep.forward[l - 1] ?? 0));
  };
  const chain = [sweep.input, ...sweep.before, sweep.output];
  return (
    <svg
      ref={svg}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      class="drawing"
      role="group"
      aria-label="the activations x[1] to x[4] of a chain of scalars"
      data-export="backprop is a sweep"
      onPointerMove={drag}
      onPointerUp={() => {
        held.current = undefined;
      }}
      onPointerLeave={() => {
        held.current = undefined;
      }}
    >
      <rect width={WIDTH} height={HEIGHT} fill={ground} />
      {chain.map((_, l) => (
        <g key={l}>
          <line x1={column(l)} x2={column(l)} y1={row(TOP)} y2={row(BOTTOM)} stroke={line} stroke-width="2" />
          <text x={column(l)} y={HEIGHT - 18} text-anchor="middle" fill={quiet} font-size={15 * large}>
            {l === 0 ? 'input' : l === 5 ? 'output' : `x[${l}]`}
          </text>
          {l === 0 ? null : (
            <text
              x={(column(l) + column(l - 1)) / 2}
              y="22"
              text-anchor="middle"
              fill={quiet}
              font-size={14 * large}
            >
              {l} {LINKS[l - 1]}
            </text>
          )}
        </g>
      ))}
      <line x1={column(0) - 20} x2={WIDTH - 40} y1={row(0)} y2={row(0)} stroke={line} />
      <polyline
        points={chain.map((value, l) => `${column(l)},${row(value)}`).join(' ')}
        fill="none"
        stroke={quiet}
        stroke-width="1.25"
        stroke-dasharray="4 4"
      />
      <circle cx={column(0)} cy={row(sweep.input)} r={6 * large} fill={text} />
      <path d={`M${column(5) - 9},${row(sweep.target)}h18`} stroke={text} stroke-width="3" />
      <text x={column(5) + 14} y={row(sweep.target) + 5} fill={text} font-size={14 * large}>
        y
      </text>
      <circle cx={column(5)} cy={row(sweep.output)} r={6 * large} fill={text} />
      {sweep.before.map((before, i) => {
        const after = sweep.after[i] ?? before;
        const x = column(i + 1);
        const stepped = Math.abs(after - before) > 1e-6;
        return (
          <g key={i}>
            <circle
              cx={x}
              cy={row(sweep.forward[i] ?? 0)}
              r={9 * large}
              fill="none"
              stroke={home}
              stroke-width="1.5"
            />
            {stepped ? (
              <>
                <line x1={x} x2={x} y1={row(before)} y2={row(after)} stroke={now} stroke-width="4" />
                <circle cx={x} cy={row(after)} r={5 * large} fill={now} />
              </>
            ) : null}
            <circle
              class="dot"
              cx={x}
              cy={row(before)}
              r={7 * large}
              fill={home}
              stroke={ground}
              stroke-width="1.5"
              role="slider"
              tabindex={0}
              aria-label={`x[${i + 1}], from its forward value`}
              aria-orientation="vertical"
              aria-valuemin={-2}
              aria-valuemax={2}
              aria-valuenow={moved[i] ?? 0}
              onPointerDown={(event) => {
                held.current = i + 1;
                event.preventDefault();
                event.currentTarget.focus();
              }}
              onKeyDown={(event) => {
                const by = { ArrowUp: 0.05, ArrowRight: 0.05, ArrowDown: -0.05, ArrowLeft: -0.05 }[event.key];
                if (by !== undefined) move(i + 1, (moved[i] ?? 0) + by);
                else if (event.key === 'Home') move(i + 1, 0);
                else return;
                event.preventDefault();
              }}
            />
          </g>
        );
      })}
    </svg>
  );
};

const Steps = ({ moves }: { readonly moves: readonly Moves[] }) => (
  <div class="scroll">
    <table class="steps">
      <caption class="unseen">steps of the parameters beside those of backprop</caption>
      <thead>
        <tr>
          <th scope="col">parameter</th>
          <th scope="col">step of the sweep</th>
          <th scope="col">−τ·∇J</th>
        </tr>
      </thead>
      <tbody>
        {moves.flatMap(({ link, swept, gradient }) =>
          (['w', 'b'] as const).map((name, i) => {
            const [a, b] = [swept[i] ?? 0, gradient[i] ?? 0];
            return (
              <tr key={`${link}${name}`} class={Math.abs(a - b) < 1e-5 ? 'equal' : undefined}>
                <th scope="row">
                  {name}
                  <sub>{link}</sub>
                </th>
                <td>{signed(a)}</td>
                <td>{signed(b)}</td>
              </tr>
            );
          }),
        )}
      </tbody>
    </table>
  </div>
);

const said = (stage: number, sweep: SweepView, atHome: boolean): string => {
  if (stage === 0) return 'Forward pass. Nothing has moved yet.';
  const far = Math.max(
    ...sweep.moves.flatMap(({ swept, gradient }) => swept.map((s, i) => Math.abs(s - (gradient[i] ?? 0)))),
  );
  if (stage < 5) return `Link ${6 - stage} has moved its parameters, and x[${5 - stage}] has taken its step.`;
  return atHome
    ? `The sweep is at its end: the largest difference to −τ·∇J is ${far < 1e-6 ? 'below 10⁻⁶' : far.toExponential(1)}.`
    : 'The sweep is at its end. It began away from the forward pass, so its steps differ from −τ·∇J.';
};

export const Sweep = ({
  state,
  view,
  theme,
  change,
}: {
  readonly state: State;
  readonly view: View;
  readonly theme: Theme;
  readonly change: (part: Partial<State>) => void;
}) => {
  const { sweep } = view;
  const { stage, moved } = state;
  const atHome = moved.every((by) => by === 0);
  return (
    <section class="lesson" aria-label="the sweep">
      {sweep === undefined ? (
        <div class="drawing empty" />
      ) : (
        <Dots
          {...{ sweep, theme, moved }}
          move={(l, by) => {
            change({ moved: moved.map((old, i) => (i === l - 1 ? clamp(by) : old)) });
          }}
        />
      )}
      <div class="side">
        <p class="buttons">
          <button
            type="button"
            class="primary"
            disabled={stage === 5}
            onClick={() => {
              change({ stage: stage + 1 });
            }}
          >
            Next link
          </button>
          <button
            type="button"
            disabled={stage === 0}
            onClick={() => {
              change({ stage: stage - 1 });
            }}
          >
            Back
          </button>
          <button
            type="button"
            disabled={stage === 0 && atHome}
            onClick={() => {
              change({ stage: 0, moved: [0, 0, 0, 0] });
            }}
          >
            Reset
          </button>
          <span class="progress">
            {stage} of 5 links, τ = {TAU}
            {sweep === undefined ? '' : `, E = ${sweep.energy.toFixed(4)}`}
          </span>
        </p>
        <p class="verdict" aria-live="polite">
          {sweep === undefined ? '' : said(stage, sweep, atHome)}
        </p>
        {sweep === undefined ? null : <Steps moves={sweep.moves} />}
      </div>
    </section>
  );
};
