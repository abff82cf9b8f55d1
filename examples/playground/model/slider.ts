/** Between the number that a slider stands for and its place, a whole number from 0 to 100. */
import { type Slider } from './methodTable';

export const PLACES = 100;

/** A number of three digits: what is shown is what is used. */
const rounded = (value: number): number => Number(value.toPrecision(3));

export const valueAt = ({ min, max, scale }: Slider, place: number): number => {
  const share = place / PLACES;
  switch (scale) {
    case 'log':
      return rounded(min * (max / min) ** share);
    case 'linear':
      return rounded(min + (max - min) * share);
    case 'whole':
      return Math.round(min + (max - min) * share);
  }
};

export const placeOf = ({ min, max, scale }: Slider, value: number): number =>
  Math.round(
    PLACES * (scale === 'log' ? Math.log(value / min) / Math.log(max / min) : (value - min) / (max - min)),
  );

/** A number in a few characters, as it stands beside a slider. */
export const shown = (value: number): string => {
  const size = Math.abs(value);
  if (size === 0 || (size >= 0.001 && size < 10000)) return `${Number(value.toPrecision(3))}`;
  return value.toExponential(1).replace('e-', 'e−').replace('e+', 'e');
};
