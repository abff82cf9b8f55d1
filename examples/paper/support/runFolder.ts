/** The folder of a run: made anew, or gone on with. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { attemptTask, fail, orThrow, Report } from '../../../src';
import { type ExperimentConfig } from './config';
import { environment } from './environment';
import { textIfThere } from './metrics';

const CONFIG = 'config.json';

const isEmpty = async (folder: string): Promise<boolean> => {
  try {
    return (await readdir(folder)).length === 0;
  } catch (thrown) {
    const code = thrown instanceof Error && 'code' in thrown ? String(thrown.code) : String(thrown);
    return code === 'ENOENT' ? true : fail('file', folder, 'a folder that can be read', code);
  }
};

/**
 * Begin a run in a folder that is new or empty, or, on request, go on with what lies there: it must be of the very same
 * configuration. Writes `config.json` and `environment.json`.
 */
export const openRun = (
  out: string,
  config: ExperimentConfig,
  setting: { readonly backend: string; readonly threads: number },
  resume: boolean,
) =>
  attemptTask(async () => {
    const text = `${JSON.stringify(config, null, 2)}\n`;
    const path = join(out, CONFIG);
    const there = await textIfThere(path);
    if (resume && there !== undefined && there !== text)
      fail('options', path, 'the configuration that is to be gone on with', 'another one');
    if (!resume && !(await isEmpty(out)))
      fail('options', '--out', 'a new folder, or --resume', `${out}, which has files`);
    if (there === undefined)
      orThrow(
        await Report.writeFiles(out, {
          [CONFIG]: text,
          'environment.json': `${JSON.stringify(environment(setting), null, 2)}\n`,
        })(),
      );
  });
