/** The rule of the house: what src throws is a `Fault`. */
import { join } from 'node:path';
import { ESLint } from 'eslint';
import { expect, it } from 'vitest';

const root = join(__dirname, '..', '..');

const eslint = new ESLint({
  cwd: root,
  ruleFilter: ({ ruleId }) => ruleId === 'no-restricted-syntax',
});

const refused = async (path: string, thrown: string): Promise<boolean> => {
  const [result] = await eslint.lintText(`export const f = (): never => {\n  throw ${thrown};\n};\n`, {
    filePath: join(root, path),
  });
  return (result?.messages ?? []).some(({ message }) => message.startsWith('Throw a Fault'));
};

it('an exception of another kind is refused', async () => {
  expect(await refused('src/core/key.ts', "new Error('no')")).toBe(true);
  expect(await refused('src/train/loop.ts', 'new TypeError()')).toBe(true);
});

it('a Fault, and one that was caught, are not', async () => {
  expect(await refused('src/core/key.ts', 'new Fault(e)')).toBe(false);
  expect(await refused('src/core/key.ts', 'thrown')).toBe(false);
  expect(await refused('src/backend/start.ts', "new Error('no')")).toBe(false);
});
