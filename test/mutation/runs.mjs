/** Running test files in a copy of the tree, which is the only one that is changed. */
import { execFileSync, spawn } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';

/** The files of this tree, those that are not committed yet among them. */
export const tracked = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], {
  encoding: 'utf8',
})
  .split('\0')
  .filter((file) => file !== '');
const copies = [];
/** A copy of the tree, with the packages of this one. */
export const copyOfTree = () => {
  const root = mkdtempSync(join(tmpdir(), 'mutate-'));
  copies.push(root);
  for (const file of tracked) {
    mkdirSync(dirname(join(root, file)), { recursive: true });
    copyFileSync(file, join(root, file));
  }
  symlinkSync(resolve('node_modules'), join(root, 'node_modules'));
  return root;
};
const running = new Set();
const stop = (child) => {
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
};
const clear = () => {
  running.forEach(stop);
  for (const root of copies) rmSync(root, { recursive: true, force: true });
};
process.on('exit', clear);
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130));

/** Runs test files in a copy, with a share of the cases of laws: the seconds, and what failed, if something did. */
export const test = (root, files, limit, cases) =>
  new Promise((done) => {
    const started = performance.now();
    const output = join(root, 'mutate.json');
    rmSync(output, { force: true });
    const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
    const args = [
      vitest,
      'run',
      '--bail=1',
      '--no-file-parallelism',
      '--reporter=json',
      `--outputFile=${output}`,
      ...files,
    ];
    const env = { ...process.env, ...(cases === undefined ? {} : { PROXPROP_CASES: cases }) };
    const child = spawn(process.execPath, args, { cwd: root, stdio: 'ignore', detached: true, env });
    running.add(child);
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      stop(child);
    }, limit * 1000);
    child.on('close', (code) => {
      clearTimeout(timer);
      running.delete(child);
      const seconds = (performance.now() - started) / 1000;
      done({
        seconds,
        ...(code === 0 && !late ? {} : { failed: late ? 'the time limit' : firstFailure(root, output) }),
      });
    });
  });

const firstFailure = (root, output) => {
  try {
    for (const { name, assertionResults, status } of JSON.parse(readFileSync(output, 'utf8')).testResults) {
      const file = name.slice(root.length + 1);
      const found = assertionResults.find((a) => a.status === 'failed');
      if (found !== undefined) return `${file}: ${found.fullName}`;
      if (status === 'failed') return `${file}: its set-up`;
    }
  } catch {
    // Nothing was written: the run itself ended.
  }
  return 'the end of the run';
};
