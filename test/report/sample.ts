/** A report that has one of everything, for the tests in Node and in a browser. */
import { Report } from '../../src';

export const heatMap: Report.HeatMap = {
  title: 'Training loss after ten epochs',
  x: 'learning rate τ',
  y: 'τ_θ',
  value: { title: 'training loss', log: true },
  names: ['ProxProp exact', 'ProxProp, three CG iterations'],
  cells: ['ProxProp exact', 'ProxProp, three CG iterations'].flatMap((name, panel) =>
    [0.1, 0.3, 1, 3].flatMap((x) =>
      [0.005, 0.05, 0.5].map((y) => ({
        name,
        x,
        y,
        value: x * y > (panel === 0 ? 1 : 0.4) ? null : 0.02 + Math.log10(x * 20 * y + 1.2) ** 2 + panel / 9,
      })),
    ),
  ),
};

/** Three runs of each series; the last run of the second diverges after epoch 8. */
export const spread: Report.SpreadPlot = {
  title: 'Three seeds of each method: mean, least and greatest',
  names: ['backprop, Nesterov 0.1', 'ProxProp exact, Nesterov 1'],
  measures: (['training loss', 'test accuracy'] as const).map((title, m) => ({
    title,
    logScale: m === 0,
    points: ['backprop, Nesterov 0.1', 'ProxProp exact, Nesterov 1'].flatMap((name, series) =>
      [1, 2, 3].flatMap((run) =>
        Array.from({ length: 11 }, (_, epoch) => {
          const loss =
            2.3 * Math.exp(-epoch / (7 - 3 * series)) * (1 + 0.08 * run * Math.sin(epoch + run)) + 0.05;
          const diverged = series === 1 && run === 3 && epoch > 8;
          return {
            name,
            run,
            epoch,
            seconds: epoch * (0.6 + 0.5 * series + 0.04 * run),
            value: diverged ? Number.NaN : m === 0 ? loss : 1 - loss / 2.6,
          };
        }),
      ),
    ),
  })),
};

/** Gradient descent is stable below 2/λ; the second curve diverges above it, and has no value at 0.5. */
export const curves: Report.CurvesPlot = {
  title: 'Loss after 100 steps over the step size',
  x: { title: 'step size', log: true },
  y: { title: 'loss', log: true },
  points: [0.01, 0.03, 0.1, 0.3, 0.5, 1, 2, 3, 5, 10].flatMap((x) => [
    { name: 'implicit', x, y: 0.02 + 0.5 / (1 + 20 * x) },
    { name: 'explicit', x, y: x > 2 ? Infinity : x === 0.5 ? Number.NaN : 0.02 + 1 / (1 + 9 * x) },
    { name: 'momentum', x, y: x > 4 ? Infinity : 0.02 + 0.2 / (1 + 30 * x) },
  ]),
  rules: [
    { x: 2, label: '2/λ' },
    { x: 0.2, label: 'half of the limit' },
  ],
  markDiverged: true,
};

export const sample: Report.HtmlReport = {
  title: 'A report of everything: τ, <b>bold</b> & "quoted"',
  sections: [
    {
      heading: 'Settings',
      parts: [
        {
          tag: 'paragraph',
          text: 'Each method at each pair of settings.\nA cross: the loss was not finite.',
        },
        { tag: 'plot', caption: 'Heat maps, one for each method', spec: Report.heatMapSpec(heatMap) },
      ],
    },
    {
      heading: 'Seeds',
      parts: [{ tag: 'plot', caption: 'Means and ranges', spec: Report.spreadSpec(spread) }],
    },
    {
      heading: 'Limits',
      parts: [{ tag: 'plot', caption: 'Explicit steps have a limit', spec: Report.curvesSpec(curves) }],
    },
    {
      heading: 'Figures',
      parts: [
        {
          tag: 'table',
          header: ['method', 'epochs', 'training loss', 'test accuracy'],
          rows: [
            ['backprop, Nesterov 0.1', '8', '0.304', '86.0 %'],
            ['ProxProp exact, Nesterov 1', '8', '0.190', '–'],
          ],
        },
        {
          tag: 'data',
          title: 'The same as JSON',
          value: { text: '</script></pre><b>', numbers: [1, null, 2.5] },
        },
        {
          tag: 'links',
          links: [
            { label: 'the paper', href: 'https://arxiv.org/abs/1706.04638' },
            { label: 'summary.json', href: 'summary.json' },
          ],
        },
      ],
    },
  ],
};
