/**
 * Files that belong to a process: temporary files of a save, and claims on a folder. Their names
 * say whose they are, so that a later process can tell what a dead one left:
 *
 *     .proxprop-HOST-BOOT-SPACE-PID-START-RANDOM.tmp
 *
 * HOST is the machine, BOOT its start, SPACE the namespace that counts its processes (a container
 * has one of its own), and START the time at which the process began, so that a process identifier
 * that is used again is not mistaken.
 */
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { codeOf } from '../core';

/** What a name says of its process. */
interface Owner {
  readonly host: string;
  readonly boot: string;
  readonly space: string;
  readonly pid: number;
  readonly start: string;
}

export type OwnerEnding = 'tmp' | 'lock';

const UNKNOWN = '0';

const textOf = (read: () => string): string => {
  try {
    return read().trim();
  } catch {
    // Only Linux has these files.
    return '';
  }
};

const digest = (text: string): string =>
  text === '' ? UNKNOWN : createHash('sha256').update(text).digest('hex').slice(0, 12);

interface Status {
  readonly state: string;
  readonly start: string;
}

/** What Linux says of a process; nothing where it says nothing. */
const statusOf = (pid: number): Status | undefined => {
  const text = textOf(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  // The name of the program, in brackets, may hold anything; the state is the third field, the start the 22nd.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const [state = ''] = fields;
  return text === '' ? undefined : { state, start: fields[19] ?? UNKNOWN };
};

/** This process. */
export const self = (): Owner => ({
  host: digest(hostname() + textOf(() => readFileSync('/etc/machine-id', 'utf8'))),
  boot: digest(textOf(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8'))),
  space: digest(textOf(() => readlinkSync('/proc/self/ns/pid'))),
  pid: process.pid,
  start: statusOf(process.pid)?.start ?? UNKNOWN,
});

/** A new name of at most 100 bytes for a file of this process. */
export const nameFor = (ending: OwnerEnding, { host, boot, space, pid, start }: Owner = self()): string =>
  `.proxprop-${host}-${boot}-${space}-${pid}-${start}-${randomBytes(8).toString('hex')}.${ending}`;

const NAME =
  /^\.proxprop-([0-9a-f]+)-([0-9a-f]+)-([0-9a-f]+)-(\d{1,15})-(\d{1,20})-[0-9a-f]{16}\.(tmp|lock)$/;

/** The process that a name belongs to; nothing for a name of another form. */
export const ownerOf = (name: string): (Owner & { readonly ending: string }) | undefined => {
  const [, host, boot, space, pid, start, ending] = NAME.exec(name) ?? [];
  return host === undefined ||
    boot === undefined ||
    space === undefined ||
    start === undefined ||
    ending === undefined
    ? undefined
    : { host, boot, space, pid: Number(pid), start, ending };
};

/**
 * Says whether a process of that number lives here. A process that has ended but still has an entry
 * does not.
 */
const lives = ({ pid, start }: Owner): boolean => {
  try {
    process.kill(pid, 0);
  } catch (thrown) {
    // It may belong to another user, who does not let it be signalled.
    if (codeOf(thrown) === 'ESRCH') return false;
  }
  const status = statusOf(pid);
  if (status === undefined) return true;
  return !/[ZX]/.test(status.state) && (start === UNKNOWN || status.start === start);
};

/** `elsewhere`: on another machine, or in another container, of which nothing can be known here. */
type Life = 'alive' | 'dead' | 'elsewhere';

export const lifeOf = (owner: Owner, here: Owner = self()): Life => {
  if (owner.host !== here.host) return 'elsewhere';
  if (owner.boot !== here.boot) return 'dead';
  if (owner.space !== here.space) return 'elsewhere';
  return lives(owner) ? 'alive' : 'dead';
};
