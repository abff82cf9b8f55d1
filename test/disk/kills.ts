/**
 * Saving processes that are killed, and full disks, counted: `npx ts-node test/disk/kills.ts 200`.
 *
 * Each process saves equal bytes again and again and is killed with SIGKILL at a random moment; the file must then be whole. A
 * last save must leave nothing beside it. Where the system lets a small disk be mounted, four sizes of it are filled.
 */
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { append, save } from '../../src/disk/files';

const SIZE = 300_000;

export interface Kills {
  readonly kills: number;
  /** Kills after which the file was missing, short, or of two saves. */
  readonly lost: number;
  /** Most temporary files beside it that were there at once. */
  readonly most: number;
  /** Files beside it after one more save. */
  readonly left: number;
}

/** One process that saves, killed after a while; only the time from its first save on counts. */
const killOne = async (path: string, milliseconds: number): Promise<void> => {
  const child = spawn(process.execPath, [join(__dirname, 'saver.cjs'), path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise((resolve) => child.stdout.once('data', resolve));
  await setTimeout(milliseconds);
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGKILL');
  await ended;
};

export const killing = async (folder: string, kills: number): Promise<Kills> => {
  const path = join(folder, 'file');
  let [lost, most] = [0, 0];
  for (let i = 0; i < kills; i++) {
    await killOne(path, (i * 7) % 23);
    const bytes = readFileSync(path);
    if (bytes.length !== SIZE || bytes.some((byte) => byte !== bytes[0])) lost += 1;
    most = Math.max(most, readdirSync(folder).length - 1);
  }
  await save(path, 'last')();
  return { kills, lost, most, left: readdirSync(folder).length - 1 };
};

export interface Full {
  /** Of the disk. */
  readonly kilobytes: number;
  /** Writes that were refused, of saves and of appended lines. */
  readonly refused: number;
  /** Refused writes after which the file before was not there byte for byte, or something lay beside it. */
  readonly lost: number;
  /** Whether a save with room again was taken. */
  readonly again: boolean;
}

/** Fill a disk of so many kilobytes; nothing where the system does not let one be mounted. */
export const filling = async (kilobytes: number): Promise<Full | undefined> => {
  const folder = mkdtempSync(join(tmpdir(), 'proxprop-full-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${kilobytes}k`, 'tmpfs', folder], { stdio: 'ignore' });
  } catch {
    rmSync(folder, { recursive: true });
    return undefined;
  }
  try {
    const [path, lines] = [join(folder, 'file'), join(folder, 'lines')];
    let [refused, lost] = [0, 0];
    let [held, text] = [Buffer.alloc(0), ''];
    await save(path, held)();
    mkdirSync(join(folder, 'other'));
    // From a few bytes to more than the disk has; other files take what is left, page by page.
    for (let step = 1; step <= 40; step++) {
      const next = Buffer.alloc(Math.round((kilobytes * 1024 * step) / 30), step);
      if ((await save(path, next)())._tag === 'Right') held = next;
      else refused += 1;
      const line = `${'x'.repeat(step * 100)}\n`;
      if ((await append(lines, line)())._tag === 'Right') text += line;
      else refused += 1;
      const whole = readFileSync(path).equals(held) && (text === '' || readFileSync(lines, 'utf8') === text);
      if (!whole || readdirSync(folder).some((name) => name.startsWith('.'))) lost += 1;
      if (step === 20)
        try {
          writeFileSync(join(folder, 'other', 'file'), Buffer.alloc(kilobytes * 1024));
        } catch {
          // The disk is full now, to the last page.
        }
    }
    rmSync(join(folder, 'other'), { recursive: true });
    const again = await save(path, 'with room again')();
    return { kilobytes, refused, lost, again: again._tag === 'Right' };
  } finally {
    execFileSync('umount', ['-l', folder]);
    rmSync(folder, { recursive: true });
  }
};

export const SIZES = [64, 256, 1024, 4096] as const;

const main = async (kills: number): Promise<void> => {
  const folder = mkdtempSync(join(tmpdir(), 'proxprop-kills-'));
  try {
    const found = await killing(folder, kills);
    console.log(
      `${found.kills} kills while saving: ${found.lost} files lost, ${found.most} temporary files at most, ${found.left} left`,
    );
    let bad = found.lost + found.left;
    for (const kilobytes of SIZES) {
      const full = await filling(kilobytes);
      if (full === undefined) {
        console.log(`full disk of ${kilobytes} kB: could not be mounted here`);
        bad += 1;
        continue;
      }
      console.log(
        `full disk of ${kilobytes} kB: ${full.refused} writes refused, ${full.lost} lost, saved with room again: ${full.again ? 'yes' : 'no'}`,
      );
      bad += full.lost + (full.again ? 0 : 1);
    }
    process.exitCode = bad === 0 ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true });
  }
};

if (require.main === module) void main(Number(process.argv[2] ?? 200));
