/** A folder served on this machine, for pages in a browser. */
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { extname, join } from 'node:path';

const types: { readonly [extension: string]: string } = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.css': 'text/css',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
};

/** The headers of a page whose threads may share memory. */
export const isolation = {
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Embedder-Policy': 'require-corp',
};

/** Serve the folder with these headers, at any free port; the address is that of its index.html. */
export const serve = (
  folder: string,
  headers: { readonly [name: string]: string },
): Promise<{ readonly server: Server; readonly url: string }> =>
  new Promise((resolve) => {
    const server = createServer((request, response) => {
      const path = join(folder, new URL(request.url ?? '/', 'http://localhost').pathname);
      readFile(path).then(
        (content) => {
          response.writeHead(200, {
            'Content-Type': types[extname(path)] ?? 'application/octet-stream',
            ...headers,
          });
          response.end(content);
        },
        () => response.writeHead(404).end(),
      );
    }).listen(0, 'localhost', () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      resolve({ server, url: `http://localhost:${port}/index.html` });
    });
  });
