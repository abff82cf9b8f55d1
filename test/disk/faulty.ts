/** A disk on which any one call goes wrong. */
import { type Opened, type System, system } from '../../src/disk/system';

/** `once`: the n-th call alone; `on`: that one and all after it, as on a disk that is full. */
export interface Plan {
  /** From 1. */
  readonly call: number;
  readonly code: string;
  readonly lasting: 'once' | 'on';
  /** Whether a write that fails has written half before. */
  readonly short: boolean;
}

export interface Faulty {
  readonly system: System;
  /** The names of the calls so far. */
  readonly calls: readonly string[];
}

const refused = (code: string): Error => Object.assign(new Error(`${code}: by plan`), { code });

/** The machine's own disk, with every call counted, and failures by plan. */
export const faulty = (plan?: Plan): Faulty => {
  const calls: string[] = [];
  const fails = (name: string): boolean => {
    calls.push(name);
    const n = calls.length;
    return plan !== undefined && (plan.lasting === 'once' ? n === plan.call : n >= plan.call);
  };
  const counted = async <A>(name: string, f: () => Promise<A>): Promise<A> => {
    if (fails(name)) throw refused(plan?.code ?? '');
    return f();
  };
  const opened = (file: Opened, folder: string): Opened => ({
    fd: file.fd,
    write: async (bytes, from) => {
      if (!fails('write')) return file.write(bytes, from);
      if (plan?.short !== true) throw refused(plan?.code ?? '');
      const half = from + Math.floor((bytes.length - from) / 2);
      return half === from ? 0 : file.write(bytes.subarray(0, half), from);
    },
    read: (bytes, from, at) => counted('read', () => file.read(bytes, from, at)),
    stat: () => counted('fstat', () => file.stat()),
    sync: () => counted(`sync${folder}`, () => file.sync()),
    chmod: (mode) => counted('chmod', () => file.chmod(mode)),
    chown: (user, group) => counted('chown', () => file.chown(user, group)),
    truncate: (length) => counted('truncate', () => file.truncate(length)),
    // A file is closed even where that fails.
    close: async () => {
      const failing = fails('close');
      await file.close();
      if (failing) throw refused(plan?.code ?? '');
    },
  });
  return {
    calls,
    system: {
      open: (path, flags, mode) =>
        counted('open', async () => {
          const file = await system.open(path, flags, mode);
          return opened(file, (await file.stat()).isDirectory() ? ' of the folder' : '');
        }),
      stat: (path) => counted('stat', () => system.stat(path)),
      lstat: (path) => counted('lstat', () => system.lstat(path)),
      readlink: (path) => counted('readlink', () => system.readlink(path)),
      readdir: (path) => counted('readdir', () => system.readdir(path)),
      mkdir: (path) => counted('mkdir', () => system.mkdir(path)),
      rename: (from, to) => counted('rename', () => system.rename(from, to)),
      unlink: (path) => counted('unlink', () => system.unlink(path)),
      kind: (path) => counted('kind', () => system.kind(path)),
    },
  };
};
