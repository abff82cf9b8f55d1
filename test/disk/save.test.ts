/** What is written is there whole or not at all, whichever call of the system fails, in whichever way. */
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import * as E from 'fp-ts/Either';
import { describe, expect, it } from 'vitest';
import { append, appendUnsynced, save } from '../../src/disk/files';
import { nameFor, self } from '../../src/disk/owner';
import { type System } from '../../src/disk/system';
import { describe as lineOf, type ProxpropError } from '../../src';
import { testFolder } from '../data/folder';
import { messageOf, right } from '../support';
import { faulty, type Plan } from './faulty';

const OLD = 'the old content';
const NEW = 'the new content, which is longer';

type Writer = (path: string, system: System) => Promise<E.Either<ProxpropError, void>>;

const saving: Writer = (path, system) => save(path, NEW, system)();
const appending: Writer = (path, system) => append(path, NEW, system)();
const appendingUnsynced: Writer = (path, system) => appendUnsynced(path, NEW, system)();

const CODES = ['ENOSPC', 'EDQUOT', 'EIO', 'EROFS'];

/** Every plan for a writer that makes so many calls. */
const plans = (calls: number): readonly Plan[] =>
  Array.from({ length: calls }, (_, i) => i + 1).flatMap((call) =>
    CODES.flatMap((code) =>
      (['once', 'on'] as const).flatMap((lasting) =>
        [false, true].map((short): Plan => ({ call, code, lasting, short })),
      ),
    ),
  );

interface Trial {
  readonly content: string | undefined;
  readonly result: E.Either<ProxpropError, void>;
  readonly failed: string;
  /** Names in the folder beside the file's own. */
  readonly beside: readonly string[];
}

describe('a disk that fails', () => {
  const folder = testFolder();

  const trial = async (writer: Writer, old: string | undefined, plan?: Plan): Promise<Trial> => {
    const place = folder.at('trial');
    rmSync(place, { recursive: true, force: true });
    mkdirSync(place);
    const path = `${place}/file`;
    if (old !== undefined) writeFileSync(path, old);
    const disk = faulty(plan);
    const result = await writer(path, disk.system);
    return {
      result,
      failed: disk.calls[(plan?.call ?? 1) - 1] ?? '',
      content: existsSync(path) ? readFileSync(path, 'utf8') : undefined,
      beside: readdirSync(place).filter((name) => name !== 'file'),
    };
  };

  /** What a trial must not come to; nothing where it is right. */
  const violation = (
    { content, result, failed, beside }: Trial,
    old: string | undefined,
    whole: string,
    plan: Plan,
  ): string | undefined => {
    // The new file has its name by then: the error says so.
    const named = failed.endsWith('of the folder');
    const kept = content === (old ?? (whole === NEW ? undefined : ''));
    if (E.isRight(result)) {
      if (content !== whole) return 'success without the content';
    } else if (named ? content !== whole : !kept && content !== old)
      return 'an error, and the old file is gone';
    else if (!plan.short && failed !== 'write' && !lineOf(result.left).includes(plan.code))
      return `an error that does not say ${plan.code}: ${lineOf(result.left)}`;
    // What cannot be removed, as the disk takes no calls any more, is for the next process.
    return plan.lasting === 'once' && beside.length > 0 ? `${beside.join()} is left` : undefined;
  };

  const search = async (writer: Writer, old: string | undefined, whole: string) => {
    const well = await trialCalls(writer, old);
    const found: string[] = [];
    let failures = 0;
    for (const plan of plans(well)) {
      const one = await trial(writer, old, plan);
      if (E.isLeft(one.result)) failures += 1;
      const wrong = violation(one, old, whole, plan);
      if (wrong !== undefined) found.push(`${one.failed} ${JSON.stringify(plan)}: ${wrong}`);
    }
    return { cases: plans(well).length, failures, found };
  };

  const trialCalls = async (writer: Writer, old: string | undefined): Promise<number> => {
    let count = 0;
    await trial(async (path, _) => {
      const disk = faulty();
      const result = await writer(path, disk.system);
      count = disk.calls.length;
      return result;
    }, old);
    return count;
  };

  it.each([
    ['over an old file', OLD, saving, NEW],
    ['as a new file', undefined, saving, NEW],
  ])('a save %s is whole or not at all', async (name, old, writer, whole) => {
    const { cases, failures, found } = await search(writer, old, whole);
    console.log(`save ${name}: ${cases} failing disks, ${failures} errors, ${found.length} violations`);
    expect(found).toEqual([]);
    expect(failures).toBeGreaterThan(cases / 2);
  });

  it.each([
    ['append', appending],
    ['append that does not wait for the disk', appendingUnsynced],
  ])('an %s leaves the file as it was, or with the whole text', async (name, writer) => {
    const { cases, failures, found } = await search(writer, OLD, OLD + NEW);
    // A disk that takes no call any more cannot be made shorter either: half a line is cut when it is read.
    const once = found.filter((line) => line.includes('"once"'));
    console.log(`${name}: ${cases} failing disks, ${failures} errors, ${once.length} violations`);
    expect(once).toEqual([]);
  });

  it('finds savers that ignore short writes, that write in place, and that leave what they wrote', async () => {
    const ignoring: Writer = async (path, disk) => {
      const file = await disk.open(`${path}.tmp`, 'w');
      await file.write(new TextEncoder().encode(NEW), 0);
      await file.close();
      await disk.rename(`${path}.tmp`, path);
      return E.right(undefined);
    };
    const asValue =
      (writer: Writer): Writer =>
      async (path, disk) => {
        try {
          return await writer(path, disk);
        } catch (thrown) {
          return E.left({ _tag: 'file', path, expected: '', found: String(thrown) });
        }
      };
    const inPlace: Writer = async (path, disk) => {
      const file = await disk.open(path, 'w');
      try {
        await file.write(new TextEncoder().encode(NEW), 0);
      } finally {
        await file.close();
      }
      return E.right(undefined);
    };
    const wholeInPlace: Writer = async (path, disk) => {
      await writeFile(path, 'half');
      await disk.lstat(path);
      await writeFile(path, NEW);
      return E.right(undefined);
    };
    for (const mutant of [ignoring, inPlace, wholeInPlace])
      expect((await search(asValue(mutant), OLD, NEW)).found).not.toEqual([]);
  });

  it('takes a disk that writes one byte at a time', async () => {
    const disk = faulty();
    const slow: System = {
      ...disk.system,
      open: async (path, flags, mode) => {
        const file = await disk.system.open(path, flags, mode);
        return { ...file, write: (bytes, from) => file.write(bytes.subarray(0, from + 1), from) };
      },
    };
    right(await save(folder.at('slow'), NEW, slow)());
    expect(readFileSync(folder.at('slow'), 'utf8')).toBe(NEW);
  });
});

describe('save', () => {
  const folder = testFolder();
  const at = (name: string): string => folder.at(name);
  const lineFor = async (name: string): Promise<string> => folder.line(await save(at(name), NEW)());

  it('writes through links, which stay: to a file, to none yet, in a row, through a folder', async () => {
    mkdirSync(at('below'));
    writeFileSync(at('file'), OLD);
    const links: readonly (readonly [string, string, string])[] = [
      ['to-a-file', 'file', 'file'],
      ['to-none-yet', 'none', 'none'],
      ['first', 'second', 'end'],
      ['second', 'below/../end', 'end'],
      ['absolute', at('far'), 'far'],
    ];
    for (const [name, text] of links) symlinkSync(text, at(name));
    for (const [name, text, target] of links) {
      right(await save(at(name), name)());
      expect([readlinkSync(at(name)), readFileSync(at(target), 'utf8')]).toEqual([text, name]);
    }
    symlinkSync('below', at('folder'));
    right(await save(at('folder/inside'), NEW)());
    expect(lstatSync(at('folder')).isSymbolicLink()).toBe(true);
    expect(readFileSync(at('below/inside'), 'utf8')).toBe(NEW);
  });

  it('refuses in one line what is no file, and leaves it', async () => {
    mkdirSync(at('below'));
    execFileSync('mkfifo', [at('pipe')]);
    for (const [name, text] of [
      ['loop', 'loop'],
      ['to-folder', 'below'],
      ['to-pipe', 'pipe'],
      ['nowhere', 'none/file'],
    ] as const)
      symlinkSync(text, at(name));
    writeFileSync(at('file'), OLD);
    const before = readdirSync(at('.'));
    const found: readonly (readonly [string, string])[] = [
      ['below', 'a folder'],
      ['to-folder', 'a folder'],
      ['pipe', 'a pipe'],
      ['to-pipe', 'a pipe'],
      ['loop', 'links that lead in a circle'],
      ['nowhere', 'no such file'],
    ];
    for (const [name, words] of found)
      expect(await lineFor(name)).toBe(
        `file error at ${name}: expected a place that can be written, found ${words}`,
      );
    // Its path is shortened, so that the line has at most 300 characters.
    expect(await lineFor('x'.repeat(256))).toMatch(
      /^file error at x+…x+: .* a name that is too long for the disk$/,
    );
    // Node's own way of making the folders above would not end here.
    expect(messageOf(await save('/proc/none/below/file', NEW)())).toBe(
      'file error at /proc/none/below: expected a place that can be written, found no such file',
    );
    expect(await lineFor('file/x')).toContain('file error at file: expected a place that can be written');
    expect(readdirSync(at('.'))).toEqual(before);
  });

  it('writes to devices as they are', async () => {
    right(await save('/dev/null', NEW)());
    expect(messageOf(await save('/dev/full', NEW)())).toBe(
      'file error at /dev/full: expected a place that can be written, found ENOSPC, no room left on the disk',
    );
    expect(messageOf(await save('/proc/self/fd/1', NEW)())).toMatch(/^file error at \/proc\/self\/fd\/1: /);
    for (const device of ['/dev/null', '/dev/full']) expect(statSync(device).isCharacterDevice()).toBe(true);
  });

  it('takes every name and path that the disk takes', async () => {
    for (const name of ['n'.repeat(255), 'é'.repeat(127), '𝛼'.repeat(63), ' ', '-f', 'a\nb', '.x'])
      for (const content of ['one', 'two']) {
        right(await save(at(name), content)());
        expect(readFileSync(at(name), 'utf8')).toBe(content);
      }
    let deep = at('deep');
    while (deep.length < 3800) deep += `/${'d'.repeat(200)}`;
    deep += `/${'e'.repeat(4095 - deep.length - 3)}`;
    mkdirSync(deep, { recursive: true });
    for (const content of ['one', 'two']) right(await save(`${deep}/x`, content)());
    expect([readdirSync(deep), readFileSync(`${deep}/x`, 'utf8')]).toEqual([['x'], 'two']);
  });

  it('keeps the rights of the old file', async () => {
    for (const mode of [0o600, 0o640, 0o755]) {
      writeFileSync(at('file'), OLD);
      chmodSync(at('file'), mode);
      right(await save(at('file'), NEW)());
      expect(statSync(at('file')).mode & 0o7777).toBe(mode);
    }
  });

  it('removes what dead savers left, and nothing else', async () => {
    const me = self();
    // No process has this number: it is above the largest that Linux gives.
    const dead = { ...me, pid: 2 ** 22 + 1 };
    const gone = [
      nameFor('tmp', dead),
      nameFor('tmp', { ...me, boot: '0123456789ab' }),
      ...(me.start === '0' ? [] : [nameFor('tmp', { ...me, start: '1' })]),
    ];
    const stays = [
      nameFor('tmp'),
      nameFor('tmp', { ...dead, host: '0123456789ab' }),
      nameFor('tmp', { ...dead, space: '0123456789ab' }),
      nameFor('lock', dead),
      '.proxprop-notes.tmp',
      'file.tmp',
    ];
    for (const name of [...gone, ...stays]) writeFileSync(at(name), '');
    mkdirSync(at(nameFor('tmp', dead)));
    right(await save(at('file'), NEW)());
    const left = readdirSync(at('.'));
    expect(left.filter((name) => gone.includes(name))).toEqual([]);
    expect(left.length).toBe(stays.length + 2);
  });

  it('of many savers of one file at once, leaves the whole of one', async () => {
    const contents = Array.from({ length: 20 }, (_, i) => String(i).repeat(100_000));
    const results = await Promise.all(contents.map((content) => save(at('file'), content)()));
    expect(results.every(E.isRight)).toBe(true);
    expect(contents).toContain(readFileSync(at('file'), 'utf8'));
    expect(readdirSync(at('.'))).toEqual(['file']);
  });
});
