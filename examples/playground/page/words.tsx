/** Small things that several views share. */
import { type ComponentChildren, Fragment } from 'preact';
import { type Slider } from '../model/methodTable';
import { placeOf, PLACES, shown, valueAt } from '../model/slider';

/** A text in which each `τ_θ` has its index below the line. */
export const Symbolic = ({ text }: { readonly text: string }) => (
  <>
    {text.split('τ_θ').map((part, i) => (
      <Fragment key={i}>
        {i === 0 ? null : (
          <>
            τ<sub>θ</sub>
          </>
        )}
        {part}
      </Fragment>
    ))}
  </>
);

export const Range = ({
  slider,
  value,
  change,
}: {
  readonly slider: Slider;
  readonly value: number;
  readonly change: (value: number) => void;
}) => (
  <label class="range" title={slider.about}>
    <span class="range-name">
      <Symbolic text={slider.label} />
    </span>
    <input
      type="range"
      min={0}
      max={PLACES}
      value={placeOf(slider, value)}
      aria-valuetext={shown(value)}
      data-slider={slider.key}
      onInput={({ currentTarget }) => {
        change(valueAt(slider, Number(currentTarget.value)));
      }}
    />
    <output>{shown(value)}</output>
  </label>
);

export const Choice = <A extends string>({
  label,
  value,
  options,
  change,
  hidden = false,
}: {
  readonly label: string;
  readonly value: A;
  readonly options: readonly (readonly [A, string])[];
  readonly change: (value: A) => void;
  /** Whether the label is for screen readers alone. */
  readonly hidden?: boolean;
}) => (
  <label class="choice">
    <span class={hidden ? 'unseen' : undefined}>{label}</span>
    <select
      value={value}
      onChange={({ currentTarget }) => {
        const found = options.find(([name]) => name === currentTarget.value);
        if (found !== undefined) change(found[0]);
      }}
    >
      {options.map(([name, text]) => (
        <option key={name} value={name}>
          {text}
        </option>
      ))}
    </select>
  </label>
);

export const Whole = ({
  label,
  value,
  min,
  max,
  step = 1,
  change,
}: {
  readonly label: string;
  readonly value: number;
  readonly min: number;
  readonly max: number;
  readonly step?: number;
  readonly change: (value: number) => void;
}) => (
  <label class="choice">
    <span>{label}</span>
    <input
      type="number"
      {...{ value, min, max, step }}
      onChange={({ currentTarget }) => {
        const number = Math.round(Number(currentTarget.value));
        if (Number.isFinite(number)) change(Math.min(max, Math.max(min, number)));
        currentTarget.value = `${value}`;
      }}
    />
  </label>
);

export const Panel = ({
  title,
  children,
}: {
  readonly title: string;
  readonly children: ComponentChildren;
}) => (
  <section class="panel">
    <h2>{title}</h2>
    {children}
  </section>
);
