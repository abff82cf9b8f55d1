/** No test title stands twice in a file: of two tests with one title a report names neither. A set-up file of all tests. */
import { beforeEach } from 'vitest';

/** A test, or a group of them. */
export interface Titled {
  readonly name: string;
  readonly tasks?: readonly Titled[];
}

const paths = ({ tasks = [] }: Titled, above: readonly string[]): readonly string[] =>
  tasks.flatMap((task) => {
    const path = [...above, task.name];
    return task.tasks === undefined ? [path.join(' > ')] : paths(task, path);
  });

/** Titles, with those of the groups around them, that stand more than once in a file, each once. */
export const repeatedTitles = (file: Titled): readonly string[] => {
  const seen = new Set<string>();
  return [...new Set(paths(file, []).filter((path) => seen.has(path) || !seen.add(path)))];
};

// Titles made in loops are there before the first test runs.
beforeEach(({ task }) => {
  if (repeatedTitles(task.file).includes(task.fullTestName))
    throw new Error(`two tests of this file have the title ${task.fullTestName}`);
});
