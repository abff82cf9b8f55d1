/** The page of all experiments: a section for each, which stays until its experiment has run again. */

/**
 * The sections of a page, by the name of the experiment, which is the address of the section.
 */
export const sectionsIn = (page: string): ReadonlyMap<string, string> =>
  new Map(
    page.split(/^(?=<a id=")/m).flatMap((part): readonly (readonly [string, string])[] => {
      const name = /^<a id="([^"]+)">/.exec(part)?.[1];
      return name === undefined ? [] : [[name, part.trim()]];
    }),
  );

/** The title of a report, as a line that leads to it. */
const linkTo = (section: string, name: string): string =>
  `- [${/^## (.*)$/m.exec(section)?.[1] ?? name}](#${name})`;

const HEAD = `# Results of the experiments, in the size for two cores

[Findings](../../../docs/findings.md) sums up this page in a few lines. Each section below is one experiment: its question,
its tables and curves, and the command that repeats it. The configurations in \`examples/paper\` have every setting;
\`NAME.full.json\` has the size of the paper. Losses are means over all examples. Seconds count training alone: compare them
only within one table. All methods with a setting to choose had the same number of settings and of epochs for the choice.

\`examples/paper/results.ts\` wrote this page from the folders of the runs.`;

/** The page, with the experiments in the order of `names`. */
export const resultsPage = (names: readonly string[], sections: ReadonlyMap<string, string>): string => {
  const shown = names.map((name) => [name, sections.get(name) ?? ''] as const);
  const contents = shown.map(([name, section]) => linkTo(section, name)).join('\n');
  return `${[HEAD, contents, ...shown.map(([, section]) => section)].join('\n\n')}\n`;
};
