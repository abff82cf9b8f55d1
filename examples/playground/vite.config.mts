/** The playground as static files: `npm run build:playground` writes them to dist/playground, `npm run playground` serves them. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { defineConfig, type Plugin } from 'vite';
import { tfjsForBundlers } from '../../src/package/tfjs.mjs';
import { forPages, root, sourceOf } from '../../src/package/twins.mjs';

/** The twins for pages in the place of the sources for Node. */
const twins = (): Plugin => ({
  name: 'twins',
  enforce: 'pre',
  resolveId: (specifier, importer) => {
    const file = sourceOf(specifier, importer);
    return file === undefined ? null : (forPages(file) ?? null);
  },
});

const plugins = (): Plugin[] => [twins(), tfjsForBundlers];

/** The list of all files, in the service worker: a build with other files has another name for its cache. */
const offline = (): Plugin => ({
  name: 'offline',
  generateBundle: {
    order: 'post',
    handler(_, bundle) {
      const files = ['./', 'icon.svg', ...Object.keys(bundle).filter((file) => file !== 'index.html')].sort();
      const name = createHash('sha256').update(files.join()).digest('hex').slice(0, 12);
      const source = `const CACHE = 'playground-${name}';
const FILES = ${JSON.stringify(files)};
self.addEventListener('install', (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(FILES)).then(() => self.skipWaiting()));
});
self.addEventListener('activate', (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((n) => n.startsWith('playground-') && n !== CACHE).map((n) => caches.delete(n))))
      .then(() => self.clients.claim()),
  );
});
self.addEventListener('fetch', (event) => {
  if (event.request.method !== 'GET' || new URL(event.request.url).origin !== self.location.origin) return;
  event.respondWith(
    caches.match(event.request, { ignoreVary: true, ignoreSearch: event.request.mode === 'navigate' }).then((found) => found ?? fetch(event.request)),
  );
});
`;
      this.emitFile({ type: 'asset', fileName: 'sw.js', source });
    },
  },
});

/** With these a page has threads. */
export const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  // Wherever the files are put, they find each other.
  base: './',
  plugins: [...plugins(), offline()],
  worker: { format: 'es', plugins },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  define: { PROXPROP_BUNDLE_FOLDER: 'undefined' },
  server: { headers: isolation },
  preview: { headers: isolation, port: 4173 },
  build: {
    outDir: join(root, 'dist', 'playground'),
    emptyOutDir: true,
    target: 'es2022',
    // A page that is offline after its first load has no use for a warning about large files.
    chunkSizeWarningLimit: 4000,
    modulePreload: { polyfill: false },
  },
});
