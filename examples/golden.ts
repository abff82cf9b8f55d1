/**
 * Golden cases: float64 references for losses, gradients and proximal directions, computed elsewhere.
 *
 *     npm run golden -- DIR --backend wasm --tolerance 1e-4
 *
 * Reads every *.json in DIR and prints a line for each; exit code 1 when an error exceeds the tolerance or a
 * file cannot be read.
 */
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as E from 'fp-ts/Either';
import { describe, error, type ProxpropError } from '../src';
import { started } from '../cli/show';
import { options, runExample } from './support/cli';
import { type GoldenErrors, runGolden, showGolden, withinTolerance } from './support/golden';
import { decodeGolden } from './support/goldenCase';

const caseAt = async (path: string): Promise<E.Either<ProxpropError, GoldenErrors>> => {
  let content: unknown;
  try {
    content = JSON.parse(await readFile(path, 'utf8'));
  } catch (thrown) {
    return E.left(error('data', path, 'a JSON file', thrown instanceof Error ? thrown.message : 'another'));
  }
  const file = decodeGolden(path, content);
  return E.isLeft(file) ? file : runGolden(path, file.right);
};

const listed = async (folder: string): Promise<E.Either<ProxpropError, readonly string[]>> => {
  try {
    const names = (await readdir(folder)).filter((name) => name.endsWith('.json')).sort();
    return names.length > 0
      ? E.right(names)
      : E.left(error('file', folder, 'a folder with *.json files', 'none'));
  } catch {
    return E.left(error('file', folder, 'a folder that can be read', 'no such folder'));
  }
};

runExample(
  {
    name: 'golden',
    description: 'Compare gradients and proximal directions with float64 references.',
    argument: { name: 'dir', fallback: join(__dirname, '..', 'test', 'golden'), help: 'folder of cases' },
    options: { backend: options.backend(), threads: options.threads(), tolerance: options.tolerance(1e-4) },
  },
  ({ backend, threads, tolerance }, folder) =>
    async () => {
      const running = await started(backend, threads)();
      if (E.isLeft(running)) return running;
      const names = await listed(folder);
      if (E.isLeft(names)) return names;
      let bad = 0;
      for (const name of names.right) {
        const result = await caseAt(join(folder, name));
        console.log(E.isLeft(result) ? describe(result.left) : showGolden(result.right));
        if (E.isLeft(result) || !withinTolerance(result.right, tolerance)) bad++;
      }
      return bad === 0
        ? E.right(undefined)
        : E.left(
            error(
              'data',
              folder,
              `every case within ${tolerance}`,
              `${bad} of ${names.right.length} that are not`,
            ),
          );
    },
);
