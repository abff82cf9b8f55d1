/** What is said of packages that are not installed. */
import { describe, expect, it } from 'vitest';
import { absent, isAbsent } from '../../src/internal';

const thrownBy = async (load: () => Promise<unknown>): Promise<unknown> => {
  try {
    await load();
  } catch (thrown) {
    return thrown;
  }
  throw new Error('it was loaded');
};

/** As Node throws it, which vitest would otherwise do in its own words. */
const coded = (code: string, message: string): Error => Object.assign(new Error(message), { code });

const missing: readonly (readonly [string, Error])[] = [
  ['an ES module', coded('ERR_MODULE_NOT_FOUND', `Cannot find package 'b' imported from /a/c.mjs`)],
  ['CommonJS', coded('MODULE_NOT_FOUND', `Cannot find module 'b'\nRequire stack:\n- /a/c.js`)],
  ['webpack', coded('MODULE_NOT_FOUND', `Cannot find module 'b'`)],
  ['Vite', new Error(`Could not resolve "b" imported by "proxprop". Is it installed?`)],
];

describe('a package that is not installed', () => {
  it.each(missing)('is named with the command that installs it, from %s', (_, thrown) => {
    expect(isAbsent(thrown)).toBe(true);
    expect(() => absent('file', 'plot', ['a@4.22', '@b/b'], thrown)).toThrow(
      'file error at plot: expected the packages a, @b/b (npm install a@4.22 @b/b), found no b',
    );
  });

  it('is told of the only one', () => {
    expect(() => absent('data', 'x.tar', ['tar'], coded('MODULE_NOT_FOUND', 'none'))).toThrow(
      'data error at x.tar: expected the package tar (npm install tar), found no such package',
    );
  });

  it('is what a real import of none throws', async () => {
    const name = 'no-such-package-of-proxprop';
    expect(isAbsent(await thrownBy(() => import(/* @vite-ignore */ name)))).toBe(true);
  });

  it('is no other failure, which is thrown as it is', () => {
    const other = new Error('a binary of another machine');
    expect(isAbsent(other)).toBe(false);
    expect(() => absent('file', 'plot', ['a'], other)).toThrow(other);
  });
});
