/** Which files of the repository are pages of the site, and where each of them stands. */

export interface SitePage {
  /** From the root of the repository. */
  readonly file: string;
  /** Its address on the site, without the ending; `index` is the first page. */
  readonly route: string;
  readonly title: string;
}

export interface Part {
  readonly title: string;
  readonly pages: readonly SitePage[];
}

const page = (route: string, title: string, file = `docs/${route}.md`): SitePage => ({ file, route, title });

/** The parts of the site, in the order of its menu. */
export const parts: readonly Part[] = [
  {
    title: 'Begin',
    pages: [
      page('index', 'proxprop', 'README.md'),
      page('why', 'Why'),
      page('install', 'Install'),
      page('first-training', 'First training'),
      page('energy', 'The energy in pictures'),
      page('playground', 'Playground'),
    ],
  },
  {
    title: 'Build your own',
    pages: [
      page('layers', 'Layers and buffers'),
      page('own-layer', 'Your own layer', 'examples/own-layer.md'),
      page('branching', 'Networks that branch'),
      page('own-schedule', 'Your own schedule'),
      page('optimizers', 'Optimizers'),
      page('metrics', 'Your own metric and loss'),
      page('data', 'Data'),
      page('solvers', 'Solvers'),
      page('training', 'Twenty everyday tasks', 'examples/training.md'),
    ],
  },
  {
    title: 'Understand',
    pages: [
      page('methods', 'One energy, eight algorithms', 'src/schedule/README.md'),
      page('step-sizes', 'Steps of any size', 'examples/step-sizes.md'),
      page('rivals', 'Rivals', 'examples/rivals.md'),
      page('laws', 'Laws', 'laws/README.md'),
      page('backends', 'Backends', 'src/backend/README.md'),
      page('speed', 'Speed', 'examples/bench/README.md'),
      page('gradients', 'Differentiable ops', 'src/autodiff/README.md'),
    ],
  },
  {
    title: 'Experiment',
    pages: [
      page('command-line', 'Command line'),
      page('experiments', 'Experiments', 'examples/paper/README.md'),
      page('machines', 'Several machines', 'examples/machines/README.md'),
      page('findings', 'Findings'),
      page('results', 'Results in full', 'examples/paper/results/README.md'),
      page('rival-results', 'Rivals in full', 'examples/paper/findings/README.md'),
      page('examples', 'Example programs', 'examples/README.md'),
    ],
  },
];

export const sitePages: readonly SitePage[] = parts.flatMap(({ pages }) => pages);

/** The generated reference: a folder below `docs`, which is not kept. */
export const reference = { folder: 'docs/reference', route: 'reference' };
