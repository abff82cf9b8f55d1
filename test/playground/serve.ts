/** The playground, built and served as its readers get it. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { preview } from 'vite';

const root = join(__dirname, '..', '..');
const configFile = join(root, 'examples', 'playground', 'vite.config.mts');

/** The folder of the built files. */
export const built = join(root, 'dist', 'playground');

/** Builds it as `npm run build:playground` does, not for tests; `PLAYGROUND_BUILT=1` takes the last build. */
export const buildPlayground = async (): Promise<void> => {
  if (process.env['PLAYGROUND_BUILT'] === '1') return;
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
  const args = [vite, 'build', '--config', configFile, '--logLevel', 'warn'];
  await promisify(execFile)(process.execPath, args, {
    cwd: root,
    env: { ...process.env, NODE_ENV: 'production' },
  });
};

/** In the place of the headers of the configuration, with which these are merged. */
const notIsolated = {
  'Cross-Origin-Opener-Policy': 'unsafe-none',
  'Cross-Origin-Embedder-Policy': 'unsafe-none',
};

/** Its address, and how it is ended. Without isolation the page has one thread. */
export const serve = async (
  isolated = true,
): Promise<{ readonly url: string; readonly close: () => Promise<void> }> => {
  const server = await preview({
    configFile,
    logLevel: 'warn',
    preview: { port: isolated ? 4273 : 4283, ...(isolated ? {} : { headers: notIsolated }) },
  });
  const url = server.resolvedUrls?.local[0];
  if (url === undefined) throw new Error('the preview has no address');
  return { url, close: () => server.close() };
};
