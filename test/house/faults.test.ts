import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { twoWaysIn } from './faults';
import { root, textOf } from './pages';

it('no function of src returns an Either and throws a Fault', () => {
  const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' }).filter((name) =>
    name.endsWith('.ts'),
  );
  const found = files.flatMap((name) =>
    twoWaysIn(name, textOf(`src/${name}`)).map(
      ({ name: own, line, throws }) => `src/${name}:${line} ${own}: ${throws}`,
    ),
  );
  expect(found).toEqual([]);
});

it('one that does is found', () => {
  const text = `
    const both = (a: number): E.Either<ProxpropError, number> => { if (a < 0) fail('options', 'a', '', ''); return E.right(a); };
    const later = (a: number): TE.TaskEither<ProxpropError, number> => async () => { throw new Fault(e); };
    const caught = (a: number): E.Either<ProxpropError, number> => attempt(() => orThrow(other(a)));
    const tried = (): E.Either<ProxpropError, number> => { try { return E.right(orThrow(f())); } catch (e) { return E.left(e); } };
    const defect = (): E.Either<ProxpropError, number> => { try { return f(); } catch (thrown) { throw thrown; } };
    const thrower = (a: number): number => fail('options', 'a', '', '');
  `;
  expect(twoWaysIn('a.ts', text).map(({ name }) => name)).toEqual(['both', 'later']);
});
