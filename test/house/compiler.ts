/** What the compiler says of programs that tests write. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { root } from './pages';

const TSC = join(root, 'node_modules', 'typescript-7', 'bin', 'tsc');

/** The strictness that users may ask for; the rest is as a package of their own would have it. */
const OPTIONS = {
  target: 'es2022',
  lib: ['es2023', 'dom'],
  module: 'nodenext',
  moduleResolution: 'nodenext',
  types: ['node'],
  strict: true,
  exactOptionalPropertyTypes: true,
  esModuleInterop: true,
  skipLibCheck: true,
  noEmit: true,
};

/** `text(line,column): error TS1: what is wrong`; lines that begin with a space go on with it. */
const MESSAGE = /^(\S[^\n]*?)\(\d+,\d+\): error TS\d+: ([^\n]*(?:\n [^\n]*)*)/gm;

const told = (folder: string): string => {
  try {
    return execFileSync(process.execPath, [TSC, '-p', folder, '--pretty', 'false'], {
      cwd: folder,
      encoding: 'utf8',
    });
  } catch (thrown) {
    // Status 1 or 2: it has found faults, and printed them.
    const { stdout } = thrown as { readonly stdout?: unknown };
    if (typeof stdout === 'string' && stdout !== '') return stdout;
    throw thrown;
  }
};

/**
 * The faults of each file, by its name, and none for those without. They are written into a folder of their own below `runs`, two below
 * the root.
 */
export const faultsOfFiles = (
  texts: ReadonlyMap<string, string>,
  name: string,
  options: Readonly<Record<string, unknown>> = {},
): ReadonlyMap<string, readonly string[]> => {
  const folder = join(root, 'runs', `${name}-${process.pid}`);
  try {
    mkdirSync(folder, { recursive: true });
    for (const [file, text] of texts) writeFileSync(join(folder, file), text);
    const config = { compilerOptions: { ...OPTIONS, ...options }, files: [...texts.keys()] };
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
    const found = new Map<string, string[]>();
    for (const [, path = '', message = ''] of told(folder).matchAll(MESSAGE)) {
      const file = basename(path);
      if (!texts.has(file)) throw new Error(`${path}: ${message}`);
      found.set(file, [...(found.get(file) ?? []), message]);
    }
    return found;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};
