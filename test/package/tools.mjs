/** Commands, scratch folders, and a browser, for the consumers of the packed library. */
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, extname, join } from 'node:path';
import { chromium as engine } from 'playwright-core';

/** Run a command; its output, and whether it ended with 0, within so many seconds. */
export const run = (command, args, { cwd, env = {}, seconds = 300 } = {}) =>
  new Promise((resolve) => {
    const child = spawn(command, args, { cwd, env: { ...process.env, ...env, CI: '1', NO_COLOR: '1' } });
    let output = '';
    const timer = setTimeout(() => {
      output += `\nno end in ${seconds} s`;
      child.kill('SIGKILL');
    }, seconds * 1000);
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += text));
    child.on('error', ({ message }) => (output += message));
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ ok: code === 0, code, output: output.trim() });
    });
  });

/** What several rows share is made once. */
export const cached = (make) => {
  let made;
  return (tarball) => (made ??= make(tarball));
};

/** A folder of its own for each consumer; all are removed in the end. */
export const scratch = await mkdtemp(join(tmpdir(), 'proxprop-package-'));
export const clear = () => rm(scratch, { recursive: true, force: true, maxRetries: 3 });

export const write = async (folder, files) => {
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await writeFile(join(folder, name), text);
  }
};

/** Throws, with the last lines, where a command does not end with 0. */
export const must = async (...args) => {
  const { ok, output } = await run(...args);
  if (!ok) throw new Error(output.split('\n').slice(-25).join('\n'));
  return output;
};

/** A folder with these packages and files. */
export const folderOf = async (name, packages, files = {}, more = {}) => {
  const folder = join(scratch, name);
  await write(folder, { 'package.json': JSON.stringify({ name, private: true, ...more }), ...files });
  await must('npm', ['install', '--no-audit', '--no-fund', '--no-save', ...packages], { cwd: folder });
  return folder;
};

const types = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.mjs': 'text/javascript',
  '.wasm': 'application/wasm',
};

/** Serve a folder with the headers that threads need. */
const serve = (folder) =>
  new Promise((resolve) => {
    const server = createServer((request, response) => {
      const path = new URL(request.url ?? '/', 'http://localhost').pathname;
      readFile(join(folder, path === '/' ? 'index.html' : path)).then(
        (content) => {
          response.writeHead(200, {
            'Content-Type': types[extname(path === '/' ? '.html' : path)] ?? 'text/html',
            'Cross-Origin-Opener-Policy': 'same-origin',
            'Cross-Origin-Embedder-Policy': 'require-corp',
          });
          response.end(content);
        },
        () => response.writeHead(404).end(),
      );
    }).listen(0, 'localhost', () => resolve(server));
  });

/** What a page sets as its title, once that begins with `done`; console errors where it does not. */
export const titleOf = async (url) => {
  const browser = await engine.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
  const said = [];
  try {
    const page = await browser.newPage();
    page.on('console', (message) => said.push(message.text()));
    page.on('pageerror', (thrown) => said.push(String(thrown)));
    page.on('requestfailed', (request) => said.push(`failed: ${request.url()}`));
    await page.goto(url);
    await page
      .waitForFunction(`document.title.startsWith('done')`, undefined, { timeout: 60_000 })
      .catch(() => {
        throw new Error(`the page does not end:\n${said.join('\n')}`);
      });
    return await page.title();
  } finally {
    await browser.close();
  }
};

export const titleIn = async (folder, path = '') => {
  const server = await serve(folder);
  try {
    return await titleOf(`http://localhost:${server.address().port}/${path}`);
  } finally {
    server.close();
  }
};
