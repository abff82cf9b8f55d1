/** The lesson on one layer's quadratic: both paths in the plane of its parameters. */
import { type Slider } from '../model/methodTable';
import { placeOf, PLACES, shown } from '../model/slider';
import { type State } from '../model/state';
import { above, type Paths, type Place, type Quadratic, START } from '../model/valley';
import { useNarrow } from './narrow';
import { type View } from './run';
import { ink, methodColour, type Theme } from './theme';
import { Range } from './words';

const [WIDTH, HEIGHT] = [720, 460];
/** The part of the plane that is shown. */
const [WEST, EAST, SOUTH, NORTH] = [-2.4, 3.4, -2.1, 1.9] as const;

const across = (w: number): number => ((w - WEST) / (EAST - WEST)) * WIDTH;
const down = (b: number): number => ((NORTH - b) / (NORTH - SOUTH)) * HEIGHT;

const etaSlider: Slider = {
  ...{ key: 'eta', label: 'η', min: 0.01, max: 100, start: 1.5 },
  ...{ scale: 'log', about: 'step size of both paths' },
};

/** The ellipse on which q is `level` above its least value, as a polygon. */
const contour = ({ minimum, hessian: [ww, wb, bb] }: Quadratic, level: number): string => {
  const angle = Math.atan2(2 * wb, ww - bb) / 2;
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  const great = ww * c * c + 2 * wb * c * s + bb * s * s;
  const small = ww * s * s - 2 * wb * c * s + bb * c * c;
  return Array.from({ length: 97 }, (_, k) => {
    const t = (2 * Math.PI * k) / 96;
    const [u, v] = [
      Math.sqrt((2 * level) / great) * Math.cos(t),
      Math.sqrt((2 * level) / small) * Math.sin(t),
    ];
    return `${across(minimum[0] + c * u - s * v).toFixed(1)},${down(minimum[1] + s * u + c * v).toFixed(1)}`;
  }).join(' ');
};

/** Far outside the picture a line is as good as at its edge. */
const point = ([w, b]: Place): string => {
  const far = (value: number): string => Math.min(1e5, Math.max(-1e5, value)).toFixed(1);
  return `${far(across(w))},${far(down(b))}`;
};

const Path = ({
  places,
  colour,
  large,
}: {
  readonly places: readonly Place[];
  readonly colour: string;
  /** What sizes are multiplied by. */
  readonly large: number;
}) => (
  <g>
    <polyline
      points={places.map(point).join(' ')}
      fill="none"
      stroke={colour}
      stroke-width={2.25 * large}
      stroke-linejoin="round"
    />
    {places.slice(1).map((place, i) => {
      const [x, y] = point(place).split(',').map(Number);
      return <circle key={i} cx={x ?? 0} cy={y ?? 0} r={4 * large} fill={colour} />;
    })}
  </g>
);

const LEVELS = [0.02, 0.1, 0.3, 0.7, 1.3, 2.2, 3.5, 5.2, 7.5, 10.5] as const;

const verdict = (eta: number, curvature: number): string =>
  eta > 2 / curvature
    ? 'η is beyond 2/λ: the explicit steps leave the valley.'
    : eta > 1 / curvature
      ? 'η is between 1/λ and 2/λ: the explicit steps leap from side to side, and still come down.'
      : 'η is below 1/λ: the explicit steps come down on one side.';

const Landings = ({
  eta,
  paths,
  quadratic,
  colours,
}: {
  readonly eta: number;
  readonly paths: Paths;
  readonly quadratic: Quadratic;
  readonly colours: readonly [string, string];
}) => {
  const q = (places: readonly Place[]): string => {
    const last = places.at(-1) ?? START;
    const value = above(quadratic, last);
    return Number.isFinite(value) && value < 1e6 ? shown(Number(value.toPrecision(3))) : 'beyond 10⁶';
  };
  return (
    <dl
      class="numbers wide"
      data-eta={eta}
      data-explicit={q(paths.explicit)}
      data-implicit={q(paths.implicit)}
    >
      <div>
        <dt>
          <span class="swatch" style={{ '--method': colours[0] }} /> explicit: q − min q after{' '}
          {paths.explicit.length - 1} steps
        </dt>
        <dd>{q(paths.explicit)}</dd>
      </div>
      <div>
        <dt>
          <span class="swatch" style={{ '--method': colours[1] }} /> implicit: q − min q after{' '}
          {paths.implicit.length - 1} steps
        </dt>
        <dd>{q(paths.implicit)}</dd>
      </div>
    </dl>
  );
};

export const Valley = ({
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
  const { quiet, text, line, ground } = ink(theme);
  const large = useNarrow() ? 1.8 : 1;
  const colours = [methodColour(theme, 'backprop'), methodColour(theme, 'proxprop')] as const;
  const { valley } = view;
  const lambda = valley?.quadratic.curvatures[0] ?? 1;
  const limit = placeOf(etaSlider, 2 / lambda) / PLACES;
  return (
    <section class="lesson" aria-label="one layer's quadratic">
      <svg
        viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
        class="drawing"
        role="img"
        aria-label="level lines of the loss in the plane of weight and bias, with a path of explicit and a path of implicit steps"
        data-export="one layer’s quadratic"
      >
        <rect width={WIDTH} height={HEIGHT} fill={ground} />
        {valley === undefined ? null : (
          <>
            {LEVELS.map((level) => (
              <polygon
                key={level}
                points={contour(valley.quadratic, level)}
                fill="none"
                stroke={line}
                stroke-width="2"
              />
            ))}
            <path
              d={`M${across(valley.quadratic.minimum[0]) - 6},${down(valley.quadratic.minimum[1])}h12m-6,-6v12`}
              stroke={text}
              stroke-width="1.5"
            />
            <Path places={valley.paths.explicit} colour={colours[0]} large={large} />
            <Path places={valley.paths.implicit} colour={colours[1]} large={large} />
            <circle
              cx={across(START[0])}
              cy={down(START[1])}
              r={5 * large}
              fill={ground}
              stroke={text}
              stroke-width="1.75"
            />
          </>
        )}
        <text x={WIDTH - 12} y={HEIGHT - 12} text-anchor="end" fill={quiet} font-size={14 * large}>
          weight →
        </text>
        <text x="12" y={8 + 14 * large} fill={quiet} font-size={14 * large}>
          ↑ bias
        </text>
      </svg>
      <div class="side">
        <div class="eta">
          <Range
            slider={etaSlider}
            value={state.eta}
            change={(eta) => {
              change({ eta });
            }}
          />
          <p class="ticks" aria-hidden="true">
            <span style={{ left: `${100 * limit}%` }}>
              2/λ = {shown(Number((2 / lambda).toPrecision(3)))}
            </span>
          </p>
        </div>
        <p class="verdict" aria-live="polite">
          {valley === undefined ? '' : verdict(state.eta, lambda)}
        </p>
        {valley === undefined ? null : (
          <Landings eta={valley.eta} paths={valley.paths} quadratic={valley.quadratic} colours={colours} />
        )}
      </div>
    </section>
  );
};
