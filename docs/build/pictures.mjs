/**
 * The pictures of docs/energy.md: `node docs/build/pictures.mjs` writes them to docs/images. Paths are computed, not drawn. They have a ground
 * of their own, so that they look the same on light and dark pages.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const INK = '#1f2933';
const FAINT = '#8795a1';
// The colours of methods in the playground, on white.
const EXPLICIT = '#b03a2e';
const IMPLICIT = '#1f5fa8';

const svg = (width, height, label, body) =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${label}">
<style>text{font:15px system-ui,sans-serif;fill:${INK}}.small{font-size:13px}.e{fill:${EXPLICIT}}.i{fill:${IMPLICIT}}</style>
<defs>${[
    ['ink', INK],
    ['e', EXPLICIT],
    ['i', IMPLICIT],
  ]
    .map(
      ([id, colour]) =>
        `<marker id="${id}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" fill="${colour}"/></marker>`,
    )
    .join('')}</defs>
<rect width="${width}" height="${height}" rx="8" fill="#fff"/>
${body.flat(Infinity).join('\n')}
</svg>
`;

const text = (x, y, content, { cls = '', anchor = 'middle' } = {}) =>
  `<text x="${x}" y="${y}" text-anchor="${anchor}"${cls === '' ? '' : ` class="${cls}"`}>${content}</text>`;
const box = (x, y, w, h, content, colour = INK) => [
  `<rect x="${x}" y="${y}" width="${w}" height="${h}" rx="5" fill="#f4f6f8" stroke="${colour}" stroke-width="1.5"/>`,
  text(x + w / 2, y + h / 2 + 5, content),
];
const ring = (x, y, content, colour = INK, fill = '#fff') => [
  `<circle cx="${x}" cy="${y}" r="22" fill="${fill}" stroke="${colour}" stroke-width="1.5"/>`,
  text(x, y + 5, content),
];
const arrow = (x1, y1, x2, y2, { colour = INK, id = 'ink', dash = false } = {}) =>
  `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="${colour}" stroke-width="1.5"${dash ? ' stroke-dasharray="5 4"' : ''} marker-end="url(#${id})"/>`;

const chain = () => {
  const [y, step] = [70, 190];
  const at = (l) => 45 + step * l;
  const links = [1, 2, 3].map((l) => [
    arrow(at(l - 1) + 22, y, at(l - 1) + 66, y),
    box(at(l - 1) + 68, y - 22, 54, 44, `f${'₁₂₃'[l - 1]}`),
    arrow(at(l - 1) + 122, y, at(l) - 24, y),
    text(at(l - 1) + 95, y - 34, `θ${'₁₂₃'[l - 1]}`),
  ]);
  const penalties = [1, 2].map((l) =>
    text(at(l), y + 52, `½ρ${'₁₂'[l - 1]}·‖f${'₁₂'[l - 1]} − x[${l}]‖²`, { cls: 'small' }),
  );
  return svg(700, 150, 'A chain of three links with activations between them, and the loss at its end', [
    links,
    ring(at(0), y, 'x[0]', FAINT),
    [1, 2].map((l) => ring(at(l), y, `x[${l}]`, IMPLICIT, '#eaf2fb')),
    box(at(3) - 22, y - 22, 60, 44, 'loss'),
    penalties,
    text(at(0), y + 52, 'the input', { cls: 'small' }),
    text(at(3) + 8, y + 52, 'target y', { cls: 'small' }),
  ]);
};

const valley = () => {
  // q = ½(a·u² + b·v²), steps from the same start.
  const [a, b, eta, steps] = [1, 9, 0.24, 7];
  const start = [-3, 0.36];
  const [sx, sy, cx, cy] = [95, 110, 350, 180];
  const place = ([u, v]) => [cx + sx * u, cy - sy * v].map((n) => Number(n.toFixed(1)));
  const path = (shrink) => {
    const points = [start];
    for (let i = 0; i < steps; i++) points.push([0, 1].map((k) => points[i][k] * shrink([a, b][k])));
    return points;
  };
  const line = (points, colour, id) => [
    `<polyline points="${points.map((p) => place(p).join()).join(' ')}" fill="none" stroke="${colour}" stroke-width="2" marker-end="url(#${id})"/>`,
    points.slice(0, -1).map((p) => {
      const [x, y] = place(p);
      return `<circle cx="${x}" cy="${y}" r="3" fill="${colour}"/>`;
    }),
  ];
  const levels = [0.15, 0.6, 1.5, 3, 5].map(
    (q) =>
      `<ellipse cx="${cx}" cy="${cy}" rx="${(sx * Math.sqrt((2 * q) / a)).toFixed(1)}" ry="${(sy * Math.sqrt((2 * q) / b)).toFixed(1)}" fill="none" stroke="#d0d7de"/>`,
  );
  return svg(700, 360, 'A quadratic valley: explicit steps leave it, implicit steps reach its minimum', [
    levels,
    line(
      path((c) => 1 - eta * c),
      EXPLICIT,
      'e',
    ),
    line(
      path((c) => 1 / (1 + eta * c)),
      IMPLICIT,
      'i',
    ),
    `<circle cx="${cx}" cy="${cy}" r="4" fill="${INK}"/>`,
    text(20, 26, 'explicit, η = 0.24: each step is 16 % farther across the valley', {
      cls: 'e',
      anchor: 'start',
    }),
    text(20, 346, 'implicit, τ = 0.24: each step is nearer to the minimum', { cls: 'i', anchor: 'start' }),
    text(cx + 14, cy + 5, 'minimum', { cls: 'small', anchor: 'start' }),
  ]);
};

const sweep = () => {
  const at = (l) => 60 + 130 * l;
  const rows = [3, 2, 1].map((link, row) => {
    const y = 62 + 92 * row;
    return [
      text(20, y - 30, `link ${link}`, { anchor: 'start', cls: 'small' }),
      [1, 2, 3].map((l) => [
        arrow(at(l - 1) + 22, y, at(l - 1) + 43, y),
        box(at(l - 1) + 45, y - 16, 40, 32, `θ${'₁₂₃'[l - 1]}`, l === link ? EXPLICIT : FAINT),
        arrow(at(l - 1) + 85, y, at(l) - 24, y),
      ]),
      ring(at(0), y, 'x[0]', FAINT),
      [1, 2].map((l) =>
        ring(at(l), y, `x[${l}]`, l === link - 1 ? EXPLICIT : FAINT, l >= link ? '#fbeae8' : '#fff'),
      ),
      text(at(3), y + 5, 'loss'),
      text(at(3) + 40, y + 5, link === 1 ? 'θ₁ moves' : `x[${link - 1}] and θ${'₁₂₃'[link - 1]} move`, {
        anchor: 'start',
        cls: 'e',
      }),
    ];
  });
  return svg(700, 300, 'The backward sweep in three rows, from link 3 to link 1', rows);
};

const metric = () => {
  // Δ = −(I/τ_θ + AᵀA)⁻¹·g for AᵀA = diag(1, 9) turned by 30°: the fit moves along the flat direction, the gradient hardly does.
  const [c, s] = [Math.cos(Math.PI / 6), Math.sin(Math.PI / 6)];
  const fit = [2.4, 0.9];
  const turned = ([x, y], sign) => [c * x + sign * s * y, c * y - sign * s * x];
  const own = turned(fit, 1);
  const solve = (tau) =>
    turned(
      own.map((v, k) => (v * [1, 9][k]) / (1 / tau + [1, 9][k])),
      -1,
    );
  const [ox, oy, scale] = [70, 160, 150];
  const end = ([x, y]) => [ox + scale * x, oy - scale * y].map((n) => Number(n.toFixed(1)));
  const arrows = [0.2, 1, 5, 1e6].map((tau) => {
    const [x, y] = end(solve(tau));
    const label = tau === 1e6 ? 'τ_θ = ∞: least squares' : `τ_θ = ${tau}`;
    return [
      arrow(ox, oy, x, y, { colour: IMPLICIT, id: 'i' }),
      text(x + 8, y + 16, label, { anchor: 'start', cls: 'i small' }),
    ];
  });
  const g = turned(
    own.map((v, k) => v * [1, 9][k]),
    -1,
  );
  const [gx, gy] = end(g.map((v) => (1.15 * v) / Math.hypot(...g)));
  return svg(700, 280, 'Implicit steps turn from the gradient to the least-squares fit as τ_θ grows', [
    arrow(ox, oy, gx, gy, { colour: EXPLICIT, id: 'e', dash: true }),
    text(gx + 8, gy + 5, 'the direction of −∇J', { anchor: 'start', cls: 'e' }),
    arrows,
    `<circle cx="${ox}" cy="${oy}" r="4" fill="${INK}"/>`,
    text(ox - 12, oy + 6, 'θ', { anchor: 'end' }),
  ]);
};

/** The pictures by their names. */
export const pictures = { chain: chain(), valley: valley(), sweep: sweep(), metric: metric() };

if (process.argv[1] === fileURLToPath(import.meta.url))
  for (const [name, content] of Object.entries(pictures))
    writeFileSync(new URL(`../images/${name}.svg`, import.meta.url), content);
