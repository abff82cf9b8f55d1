/** A controller that stops and comes back, a queue that rests and is emptied, and modules of one's own: by the command line. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { embeddedData } from '../../examples/support/cli';
import { contentOf } from '../experiment/content';
import { startRedis } from './redisServer';
import { differences, freePort, root, type Running, startScript, until } from './tools';

const proxprop = (...words: readonly string[]): Running =>
  startScript(join(root, 'cli', 'index.ts'), words, { PROXPROP_DATA: '' });

/** All that a command said, where it ended with this code. */
const said = async (running: Running, code = 0): Promise<string> => {
  const found = await Promise.race([running.ended, setTimeout(120_000, -2)]);
  const output = running.output().trim();
  if (found === code) return output;
  running.kill();
  throw new Error(`expected ${code}, found ${found}: ${output.slice(-400)}`);
};

const expects = (output: string, words: string): string => {
  if (!output.includes(words)) throw new Error(`expected ${words}, found ${output.slice(-400)}`);
  return output.split('\n').find((line) => line.includes(words)) ?? '';
};

export const playCommands = async (folder: string, say: (line: string) => void): Promise<void> => {
  mkdirSync(folder, { recursive: true });
  const redis = await startRedis(join(folder, 'redis'), await freePort());
  const url = `redis://127.0.0.1:${redis.port}`;
  const queue = ['--queue', url] as const;
  const own = join(root, 'test', 'experiment', 'own');
  const common = [join(own, 'own.json'), '--data', embeddedData, '--threads', '1'] as const;
  const [alone, queued] = [join(folder, 'alone'), join(folder, 'queued')];
  const run = (...more: readonly string[]): Running =>
    proxprop('run', ...common, ...queue, '--out', queued, ...more);
  const client = new Redis({ port: redis.port });
  const waiting = async (): Promise<number> => {
    const keys = await client.keys('proxprop:cells*:wait');
    return keys[0] === undefined ? 0 : client.llen(keys[0]);
  };
  try {
    const whole = proxprop('run', ...common, '--out', alone);
    const first = run();
    await until('cells that wait', async () => (await waiting()) > 0);
    first.kill('SIGINT');
    say(`controller stopped: ${expects(await said(first, 130), '--resume goes on')}`);
    say(expects(await said(proxprop('queue', 'pause', ...queue)), 'paused: proxprop'));
    const worker = proxprop('worker', ...queue, '--module', join(own, 'own.ts'), '--threads', '1');
    await until('a worker', () => worker.output().includes('waiting for cells'));
    await setTimeout(1500);
    if (/: (done|diverged)/.test(worker.output())) throw new Error('expected no cell while the queue rests');
    expects(await said(proxprop('queue', 'status', ...queue)), 'paused');
    say(expects(await said(proxprop('queue', 'drain', ...queue)), 'drained: proxprop'));
    if ((await waiting()) > 0) throw new Error('expected no cells after a drain');
    say(expects(await said(proxprop('queue', 'resume', ...queue)), 'resumed: proxprop'));
    await said(run('--resume'));
    await said(whole);
    const wrong = differences(alone, queued, contentOf).filter((name) => !/\.(png|svg)$/.test(name));
    if (wrong.length > 0) throw new Error(`expected equal folders, found ${wrong.slice(0, 5).join('; ')}`);
    say(
      `controller back, a layer and a method of a module: ${readdirSync(join(queued, 'cells')).length} cells, equal files`,
    );
    worker.kill('SIGTERM');
    await said(worker, 0);
    // The same names in another file.
    const other = join(folder, 'own.ts');
    writeFileSync(other, '// nothing');
    say(expects(await said(proxprop('queue', 'drain', '--all', ...queue)), 'cleared: proxprop'));
    const left = (await client.keys('proxprop:*')).filter((key) => !key.startsWith('proxprop:drains'));
    if (left.length > 0) throw new Error(`expected an empty server, found ${left.join(', ')}`);
    const again = proxprop('run', ...common, ...queue, '--out', join(folder, 'again'));
    await until('cells that wait', async () => (await waiting()) > 0);
    for (const [what, more, words] of [
      ['no module', [], 'found none of that name'],
      ['another module', ['--module', other], 'found one with'],
    ] as const)
      say(
        `${what}: ${expects(await said(proxprop('worker', ...queue, '--threads', '1', ...more), 2), words)}`,
      );
    await said(proxprop('queue', 'drain', ...queue));
    say(`drained under a controller: ${expects(await said(again, 2), 'it was drained')}`);
  } finally {
    client.disconnect();
    await redis.kill();
  }
};
