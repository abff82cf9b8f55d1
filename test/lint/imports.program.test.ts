/** The rule of the house: imports between the folders of src go one way. */
import { join } from 'node:path';
import { ESLint } from 'eslint';
import { describe, expect, it } from 'vitest';

const root = join(__dirname, '..', '..');

const eslint = new ESLint({
  cwd: root,
  ruleFilter: ({ ruleId }) => ruleId === 'no-restricted-imports',
});

/** What the rule says of one import in a file of src. */
const verdicts = async (path: string, imported: string): Promise<string[]> => {
  const [result] = await eslint.lintText(`import { a } from '${imported}';\nexport const b = a;\n`, {
    filePath: join(root, path),
  });
  return (result?.messages ?? [])
    .filter(({ ruleId }) => ruleId === 'no-restricted-imports')
    .map(({ message }) => message);
};

describe('imports', () => {
  const refused: readonly (readonly [string, string, string])[] = [
    ['src/core/key.ts', '../layer', 'src/core stands below or beside that folder'],
    ['src/experiment/run.ts', '../queue', 'src/experiment stands below or beside that folder'],
    ['src/energy/links.ts', '../step', 'src/energy stands below or beside that folder'],
    ['src/loss/loss.ts', '../layer', 'src/loss stands below or beside that folder'],
    ['src/autodiff/gradients/rule.ts', '../../energy', 'src/autodiff stands below or beside that folder'],
    ['src/step/step.ts', '../energy/state', 'Import a folder by its index'],
    ['src/step/step.ts', '../index', 'Nothing inside src imports the whole library'],
    ['src/step/step.ts', '../../laws', 'src stands below laws, examples and tests'],
    ['laws/law.ts', '../src/core', 'Only the public interface'],
    ['examples/golden.ts', '../src/core', 'Only the public interface'],
  ];
  for (const [path, imported, message] of refused)
    it(`${path} may not import ${imported}`, async () => {
      expect((await verdicts(path, imported)).join()).toContain(message);
    });
  const allowed: readonly (readonly [string, string])[] = [
    ['src/queue/run.ts', '../experiment'],
    ['src/step/step.ts', '../energy'],
    ['src/step/step.ts', './interpret'],
    ['laws/law.ts', '../src'],
    ['examples/golden.ts', '../laws'],
  ];
  for (const [path, imported] of allowed)
    it(`${path} may import ${imported}`, async () => {
      expect(await verdicts(path, imported)).toEqual([]);
    });
});
