/** Drawing a specification of vega-lite, without a browser: SVG by vega, PNG by resvg. */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import * as E from 'fp-ts/Either';
import type * as TE from 'fp-ts/TaskEither';
import type { TopLevelSpec } from 'vega-lite';
import { absent, error, fail, Fault, type ProxpropError } from '../core';
import { PNG, SVG } from './packages';
import { printable } from './printable';
import { type PlotSpec } from './spec';
import { FONT } from './style';

const PIXELS_PER_POINT = 2;

/** Where the files of packages lie. */
const { resolve } = createRequire(__filename);

const missing = (packages: readonly string[]) => (thrown: unknown) =>
  absent('file', 'plot', packages, thrown);

/** Whether vega-lite may be given this; what is wrong with it, vega-lite says itself. */
const isSpec = (spec: PlotSpec): spec is TopLevelSpec => !Array.isArray(spec);

const drawSvg = async (spec: PlotSpec): Promise<string> => {
  const vega = await import('vega').catch(missing(SVG));
  const vegaLite = await import('vega-lite').catch(missing(SVG));
  if (!isSpec(spec)) return fail('file', 'plot', 'a specification of vega-lite', 'a list');
  const view = new vega.View(vega.parse(vegaLite.compile(spec).spec), { renderer: 'none' });
  try {
    return printable(await view.toSVG());
  } finally {
    view.finalize();
  }
};

/** The renderer can be initialised once in a process; later calls find it ready. */
let renderer: Promise<typeof import('@resvg/resvg-wasm')> | undefined;
const loadRenderer = (): Promise<typeof import('@resvg/resvg-wasm')> =>
  (renderer ??= (async () => {
    const resvg = await import('@resvg/resvg-wasm').catch(missing(PNG));
    await resvg.initWasm(await readFile(resolve('@resvg/resvg-wasm/index_bg.wasm')));
    return resvg;
  })().catch((thrown: unknown) => {
    // The next call tries again.
    renderer = undefined;
    throw thrown;
  }));

const fontFile = (): string => {
  try {
    return resolve('dejavu-fonts-ttf/ttf/DejaVuSans.ttf');
  } catch (thrown) {
    return missing(PNG)(thrown);
  }
};

const drawPng = async (svg: string): Promise<Uint8Array> => {
  const { Resvg } = await loadRenderer();
  const font = await readFile(fontFile());
  const image = new Resvg(svg, {
    background: 'white',
    fitTo: { mode: 'zoom', value: PIXELS_PER_POINT },
    font: { fontBuffers: [font], defaultFontFamily: FONT },
  });
  // Both live in the memory of the wasm module, which collects no garbage.
  const rendered = image.render();
  try {
    return rendered.asPng();
  } finally {
    rendered.free();
    image.free();
  }
};

const drawn =
  <A>(title: string, picture: () => Promise<A>): TE.TaskEither<ProxpropError, A> =>
  async () => {
    try {
      return E.right(await picture());
    } catch (thrown) {
      if (thrown instanceof Fault) return E.left({ ...thrown.error, path: `plot "${title}"` });
      const found = thrown instanceof Error ? thrown.message : String(thrown);
      return E.left(error('file', `plot "${title}"`, 'a plot that can be drawn', found));
    }
  };

/**
 * Makes the SVG of a specification. The first call loads the libraries. It fails as `draw` does.
 */
export const svgOf = (title: string, spec: PlotSpec): TE.TaskEither<ProxpropError, string> =>
  drawn(title, () => drawSvg(spec));

/**
 * Draws a Vega-Lite specification without a browser: an SVG by vega, and a PNG of it by resvg, with
 * two pixels a point. You need the optional packages that `checkPlotPackages` lists. It fails with
 * `file` if one of them is missing or refuses the plot.
 *
 * @param title the name of the plot in errors
 * @param spec the specification, such as that of `lossSpec`
 *
 * @example
 * const { svg, png } = orThrow(await draw('Losses', lossSpec(plot))());
 * await writeFiles('runs/a', { 'loss.svg': svg, 'loss.png': png })();
 */
export const draw = (
  title: string,
  spec: PlotSpec,
): TE.TaskEither<ProxpropError, { readonly svg: string; readonly png: Uint8Array }> =>
  drawn(title, async () => {
    const svg = await drawSvg(spec);
    return { svg, png: await drawPng(svg) };
  });
