/** With what a run was made, for the pages of results and of findings. */
import { join } from 'node:path';
import { fail } from '../../../src';
import { ENVIRONMENT, environmentIn } from '../../../src/experiment';

/** What a run has to be before a page can show it. */
export const ENDED = 'a run that has ended';

/** How to repeat a run, by its configuration below `examples/paper`, and its environment. */
export const madeBy = async (folder: string, configuration: string): Promise<string> => {
  const environment =
    (await environmentIn(folder)) ?? fail('file', join(folder, ENVIRONMENT), ENDED, 'no such file');
  const facts = Object.entries(environment)
    .map(([key, value]) => `${key} ${value}`)
    .join(', ');
  return `Repeat it: \`npx ts-node examples/paper/run.ts examples/paper/${configuration}.json\`. Environment: ${facts}.`;
};
