/**
 * The optional packages that draw, and a check that they are installed before any long work begins.
 */
import { createRequire } from 'node:module';
import * as E from 'fp-ts/Either';
import { absent, attempt, type ProxpropError } from '../core';

/** What is looked for of each. */
const FILES = {
  vega: 'vega',
  'vega-lite': 'vega-lite',
  'vega-embed': 'vega-embed',
  '@resvg/resvg-wasm': '@resvg/resvg-wasm/index_bg.wasm',
  'dejavu-fonts-ttf': 'dejavu-fonts-ttf/ttf/DejaVuSans.ttf',
} as const;

type DrawingPackage = keyof typeof FILES;

/** The packages that `svgOf` needs. */
export const SVG: readonly DrawingPackage[] = ['vega', 'vega-lite'];
/** The packages that turn an SVG into a PNG. */
export const PNG: readonly DrawingPackage[] = ['@resvg/resvg-wasm', 'dejavu-fonts-ttf'];
/** The packages that plots in an HTML report need. */
export const HTML: readonly DrawingPackage[] = ['vega', 'vega-lite', 'vega-embed'];

const { resolve } = createRequire(__filename);

const check = (path: string, needed: readonly DrawingPackage[]): E.Either<ProxpropError, void> => {
  const missing = needed.flatMap((name) => {
    try {
      resolve(FILES[name]);
      return [];
    } catch (thrown) {
      return [{ name, thrown }];
    }
  });
  const [first] = missing;
  if (first === undefined) return E.right(undefined);
  const names = missing.map(({ name }) => name);
  return attempt(() => absent('file', path, names, first.thrown));
};

/**
 * Checks that the optional packages of pictures (`draw`, `lossPlot`, …) are installed, before you
 * begin a long run. It fails with `file`, and names all that are missing and the command that
 * installs them.
 *
 * @param path the place that the error names
 *
 * @example const ready = checkPlotPackages('runs/first');
 */
export const checkPlotPackages = (path: string): E.Either<ProxpropError, void> =>
  check(path, [...SVG, ...PNG]);

/**
 * Checks that the optional packages of `htmlReport` and of pictures are installed. It fails as
 * `checkPlotPackages` does.
 *
 * @param path the place that the error names
 *
 * @example const ready = checkReportPackages('runs/first');
 */
export const checkReportPackages = (path: string): E.Either<ProxpropError, void> =>
  check(path, [...new Set([...HTML, ...PNG])]);
