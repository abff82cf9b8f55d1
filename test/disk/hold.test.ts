/** A folder is held by one process, and by no dead one. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as E from 'fp-ts/Either';
import { afterEach, describe, expect, it } from 'vitest';
import { hold, isPassing } from '../../src/disk/hold';
import { lifeOf, nameFor, ownerOf, self } from '../../src/disk/owner';
import { testFolder } from '../data/folder';
import { right } from '../support';

const DEAD = 2 ** 22 + 1;

describe('hold', () => {
  const folder = testFolder();
  const children: ChildProcess[] = [];
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });

  /** A process that wants the folder, and what it says. */
  const another = async (): Promise<{ readonly child: ChildProcess; readonly said: string }> => {
    const child = spawn(process.execPath, [join(__dirname, 'holder.cjs'), folder.at('run')], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    children.push(child);
    const said = await new Promise<string>((resolve) => {
      child.stdout.once('data', (bytes: Buffer) => {
        resolve(bytes.toString().trim());
      });
    });
    return { child, said };
  };
  const end = async (child: ChildProcess, signal: NodeJS.Signals): Promise<string> => {
    const ended = new Promise<string>((resolve) =>
      child.once('exit', (_, by) => {
        resolve(by ?? 'none');
      }),
    );
    child.kill(signal);
    return ended;
  };
  const names = (): readonly string[] => readdirSync(folder.at('run'));
  const line = async (): Promise<string> => folder.line(await hold(folder.at('run'))());

  it('refuses a second process in one line, and one more hold of the same', async () => {
    const { child, said } = await another();
    expect(said).toBe('held');
    const before = names();
    expect(await line()).toBe(
      `file error at run: expected a folder that no other process uses, found process ${child.pid ?? ''}`,
    );
    expect(names()).toEqual(before);
    expect(before.every(isPassing)).toBe(true);
    await end(child, 'SIGTERM');
    const release = right(await hold(folder.at('run'))());
    expect(await line()).toContain('found this process, which uses it already');
    release();
    release();
    expect(names()).toEqual([]);
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'is released by %s, which ends the process',
    async (signal) => {
      const { child } = await another();
      expect(await end(child, signal)).toBe(signal);
      expect(names()).toEqual([]);
    },
  );

  it('is not held by a process that was killed, and by one that is only stopped', async () => {
    const { child } = await another();
    child.kill('SIGSTOP');
    expect(await line()).toContain(`found process ${child.pid ?? ''}`);
    await end(child, 'SIGKILL');
    expect(names()).toHaveLength(1);
    const release = right(await hold(folder.at('run'))());
    expect(names()).toHaveLength(1);
    release();
    expect(names()).toEqual([]);
  });

  it('is not held by the number of a dead process that another has now, nor from before a restart', async () => {
    mkdirSync(folder.at('run'));
    const me = self();
    const left = [
      nameFor('lock', { ...me, pid: DEAD }),
      nameFor('lock', { ...me, boot: '0123456789ab' }),
      ...(me.start === '0' ? [] : [nameFor('lock', { ...me, start: '1' })]),
    ];
    for (const name of left) writeFileSync(join(folder.at('run'), name), '');
    right(await hold(folder.at('run'))())();
    expect(names()).toEqual([]);
  });

  it.each(['host', 'space'] as const)('is held by another %s, and says what to remove', async (key) => {
    mkdirSync(folder.at('run'));
    const name = nameFor('lock', { ...self(), pid: 7, [key]: '0123456789ab' });
    writeFileSync(join(folder.at('run'), name), '');
    expect(await line()).toBe(
      `file error at run: expected a folder that no other process uses, found process 7 of another machine or container (if it has ended, remove run/${name})`,
    );
    expect(names()).toEqual([name]);
  });

  it('of processes that begin at once, lets one in', async () => {
    const all = await Promise.all(Array.from({ length: 4 }, another));
    expect(all.filter(({ said }) => said === 'held')).toHaveLength(1);
    expect(names()).toHaveLength(1);
  });

  it('takes its own names alone, of at most 255 bytes', () => {
    const me = self();
    const name = nameFor('lock');
    expect(ownerOf(name)).toEqual({ ...me, ending: 'lock' });
    expect([lifeOf(me), name.length < 128]).toEqual(['alive', true]);
    for (const other of [
      '.proxprop',
      `${name}.x`,
      `x${name}`,
      name.replace('.lock', '.txt'),
      'metrics.jsonl',
    ])
      expect(isPassing(other)).toBe(false);
  });

  it('says what cannot be written', async () => {
    writeFileSync(folder.at('run'), '');
    expect(E.isLeft(await hold(folder.at('run'))())).toBe(true);
    expect(await line()).toBe('file error at run: expected a place that can be written, found EEXIST');
  });
});
