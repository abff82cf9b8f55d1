/** The playground, built and served as its readers get it. */
import { join } from 'node:path';
import { build, preview } from 'vite';

const configFile = join(__dirname, '..', '..', 'examples', 'playground', 'vite.config.mts');

/** The folder of the built files. */
export const built = join(__dirname, '..', '..', 'dist', 'playground');

/** Builds it, but for `PLAYGROUND_BUILT=1`, which takes the last build. */
export const buildPlayground = async (): Promise<void> => {
  if (process.env['PLAYGROUND_BUILT'] !== '1') await build({ configFile, logLevel: 'warn' });
};

/** Its address, and how it is ended. Without isolation the page has one thread. */
export const serve = async (
  isolated = true,
): Promise<{ readonly url: string; readonly close: () => Promise<void> }> => {
  const server = await preview({
    configFile,
    logLevel: 'warn',
    preview: { port: isolated ? 4273 : 4283, ...(isolated ? {} : { headers: { 'X-Isolated': 'no' } }) },
  });
  const url = server.resolvedUrls?.local[0];
  if (url === undefined) throw new Error('the preview has no address');
  return { url, close: () => server.close() };
};
