/** Light or dark, and the colours of pictures: what is drawn on a canvas cannot read the style sheet. */
import { type MethodId, methodTable } from '../model/methodTable';

export type Theme = 'light' | 'dark';

const KEY = 'proxprop-theme';

/** What the reader chose, or else what the system prefers. */
export const firstTheme = (): Theme => {
  const kept = localStorage.getItem(KEY);
  if (kept === 'light' || kept === 'dark') return kept;
  return matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
};

export const applyTheme = (theme: Theme): void => {
  document.documentElement.dataset['theme'] = theme;
};

export const keepTheme = (theme: Theme): void => {
  localStorage.setItem(KEY, theme);
};

const of = <A>(theme: Theme, [light, dark]: readonly [A, A]): A => (theme === 'dark' ? dark : light);

export const methodColour = (theme: Theme, id: MethodId): string => of(theme, methodTable[id].colour);

/** Text, quiet text, lines and ground of pictures. */
export const ink = (theme: Theme) => ({
  text: of(theme, ['#1a2430', '#e6ebf1']),
  quiet: of(theme, ['#566372', '#a3afbd']),
  line: of(theme, ['#dfe4ea', '#2b3643']),
  ground: of(theme, ['#ffffff', '#161d26']),
});

/** Classes: red, green and blue of three hues that no method has, and of which no two look alike without colour vision. */
export const classColours = (theme: Theme): readonly (readonly [number, number, number])[] =>
  of(theme, [
    [
      [21, 128, 138],
      [226, 160, 63],
      [122, 98, 190],
    ],
    [
      [70, 180, 190],
      [232, 178, 92],
      [166, 146, 230],
    ],
  ]);

export const css = ([r, g, b]: readonly [number, number, number], alpha = 1): string =>
  `rgb(${r} ${g} ${b} / ${alpha})`;
