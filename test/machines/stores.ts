/** A grid by each kind of store, a cell that nobody can train, and a server with a password and a certificate. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type ConnectionOptions, Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { version } from '../../src/experiment';
import { MOST_JOB, queueText } from '../../src/queue';
import { trainAlone } from './grid';
import { type Came, play } from './play';
import { startRedis } from './redisServer';
import { BUCKET, s3Environment, startS3 } from './s3Server';
import { differences, freePort, root, startScript, until, works } from './tools';

type Say = (line: string) => void;

/** Throws where a grid did not end, or in other files than on one machine. */
export const asAlone = async (came: Came): Promise<void> => {
  if (came.code !== 0) throw new Error(`expected 0, found ${came.code}: ${came.output.slice(-500)}`);
  const alone = `${came.out}-alone`;
  await trainAlone(came.config, alone, came.simulation);
  const wrong = differences(alone, came.out);
  if (wrong.length > 0) throw new Error(`expected equal folders, found ${wrong.slice(0, 5).join('; ')}`);
};

export const playStores = async (folder: string, quick: boolean, say: Say): Promise<void> => {
  const redis = await startRedis(join(folder, 'redis'), await freePort());
  const url = `redis://127.0.0.1:${redis.port}`;
  const s3 = await startS3(join(folder, 's3'));
  const common = { cells: 6, epochs: 3, workers: quick ? 1 : 2, simulation: { diverging: 4 } };
  try {
    const shared = join(folder, 'shared');
    await asAlone(await play({ ...common, folder: join(folder, 'folder'), url, store: shared }));
    say(`store in a folder: equal files; ${readdirSync(shared).length} names in it`);
    await asAlone(
      await play({
        ...common,
        epochs: 8,
        folder: join(folder, 'bucket'),
        url: `${url}/1`,
        store: `s3://${BUCKET}/grid`,
        env: s3Environment(s3.url),
        simulation: { diverging: 4, epoch: 200 },
        meanwhile: async () => {
          await until('a checkpoint in the bucket', () => s3.keys().some((key) => key.includes('progress-')));
          await s3.stop();
          await setTimeout(3000);
          await s3.start();
        },
      }),
    );
    say(
      `store in a bucket of s3rver, which was away for 3 s: equal files; ${s3.keys().length} objects in it`,
    );
    // The queue in database 0 was begun with a folder.
    const other = await play({
      ...common,
      cells: 4,
      folder: join(folder, 'other'),
      url,
      store: 'redis',
      workers: 0,
    });
    if (other.code === 0 || !other.output.includes('expected the store that the queue was begun with'))
      throw new Error(`expected another store to be refused, found ${other.output}`);
    say(`another store: ${other.output.trim()}`);
    const failed = await play({
      ...common,
      cells: 24,
      folder: join(folder, 'failed'),
      url: `${url}/2`,
      simulation: { hopeless: 8, failing: 3 },
      attempts: 2,
    });
    const line = failed.output.trim().split('\n').at(-1) ?? '';
    if (
      failed.code === 0 ||
      !/expected a cell that can be trained, found 2 attempts, the last: solver error/.test(line)
    )
      throw new Error(`expected a cell that is given up, found ${failed.code}: ${failed.output}`);
    say(`a cell that nobody can train: ${line}`);
  } finally {
    await s3.stop();
    await redis.kill();
  }
};

const PASSWORD = 'correct-horse-battery';

/** Everything that a server holds, as one text. */
const contents = async (redis: Redis): Promise<string> => {
  const found: string[] = [];
  for (const key of await redis.keys('*')) found.push(key, (await redis.dumpBuffer(key)).toString('latin1'));
  return found.join('\n');
};

/** One line of a command that is to fail. */
const lineOf = async (words: readonly string[], env: NodeJS.ProcessEnv): Promise<string> => {
  const ended = startScript(join(root, 'cli', 'index.ts'), words, env);
  const code = await ended.ended;
  const line = ended.output().trim();
  if (code === 0 || line.includes('\n')) throw new Error(`expected one line, found ${code}: ${line}`);
  if (line.includes(PASSWORD)) throw new Error('expected no password in a line, found it');
  return line;
};

/** Clears a terminal that it is written to. */
const ESCAPE = '\u001b[2J';

/** Lay jobs into the queue that no controller of ours sends: why each of them failed. */
const refusedJobs = async (connection: ConnectionOptions): Promise<readonly string[]> => {
  const queue = new Queue(queueText({ version: version(), backend: 'wasm' }), {
    connection,
    prefix: 'proxprop',
  });
  const data = {
    code: { run: 'process.exit()' },
    'other cell': { form: 1, version: version(), backend: 'wasm', data: '0'.repeat(64), modules: [] },
    text: 'rm',
    long: { text: 'x'.repeat(MOST_JOB) },
  };
  try {
    const reasons: string[] = [];
    for (const [name, job] of Object.entries(data)) {
      const added = await queue.add(`${ESCAPE}${name}`, job, { jobId: `job ${name}` });
      await until(`the end of ${name}`, async () => (await added.getState()) === 'failed');
      const reason = (await queue.getJob(`job ${name}`))?.failedReason ?? '';
      if (!reason.startsWith('options error at job ')) throw new Error(`expected a refusal, found ${reason}`);
      reasons.push(reason);
    }
    return reasons;
  } finally {
    await queue.close();
  }
};

export const playSecurity = async (folder: string, say: Say): Promise<void> => {
  if (!works('openssl', 'version')) throw new Error('expected openssl, found none (apt-get install openssl)');
  const keys = join(folder, 'keys');
  mkdirSync(keys, { recursive: true });
  const [key, certificate] = [join(keys, 'key.pem'), join(keys, 'certificate.pem')];
  spawnSync('openssl', [
    ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
    ...[
      '-subj',
      '/CN=localhost',
      '-addext',
      'subjectAltName=DNS:localhost',
      '-keyout',
      key,
      '-out',
      certificate,
    ],
  ]);
  const port = await freePort();
  const redis = await startRedis(
    join(folder, 'redis'),
    port,
    [
      ...['--requirepass', PASSWORD, '--tls-cert-file', certificate, '--tls-key-file', key],
      ...['--tls-ca-cert-file', certificate, '--tls-auth-clients', 'no'],
    ],
    { tls: true },
  );
  const url = `rediss://localhost:${port}`;
  const trusted = { NODE_EXTRA_CA_CERTS: certificate, PROXPROP_REDIS_PASSWORD: '' };
  const status = ['queue', 'status', '--queue'] as const;
  try {
    for (const [what, words, env] of [
      ['without a password', [...status, url], trusted],
      ['a wrong password', [...status, url], { ...trusted, PROXPROP_REDIS_PASSWORD: `${PASSWORD}x` }],
      ['an unknown certificate', [...status, url], { PROXPROP_REDIS_PASSWORD: PASSWORD }],
      ['a password in the address', [...status, `rediss://:${PASSWORD}@localhost:${port}`], trusted],
    ] as const)
      say(`${what}: ${await lineOf(words, env)}`);
    const env = { ...trusted, PROXPROP_REDIS_PASSWORD: PASSWORD };
    const connection = {
      host: 'localhost',
      port,
      password: PASSWORD,
      tls: { ca: readFileSync(certificate) },
    };
    let reasons: readonly string[] = [];
    const came = await play({
      cells: 4,
      epochs: 2,
      workers: 1,
      folder: join(folder, 'grid'),
      url,
      env,
      meanwhile: async () => {
        reasons = await refusedJobs(connection);
      },
    });
    await asAlone(came);
    if (came.said.some((text) => text.includes(ESCAPE)))
      throw new Error('expected no escapes of terminals in what a worker says, found one');
    for (const reason of reasons) say(`a job that is none: ${reason}`);
    const client = new Redis(connection);
    const held = await contents(client);
    client.disconnect();
    const files = readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.parentPath.includes('redis'))
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'));
    const texts = [came.output, ...came.said, held, ...files];
    if (texts.some((text) => text.includes(PASSWORD)))
      throw new Error('expected the password nowhere, found it');
    say(`by TLS and a password: equal files; the password is in none of ${texts.length} texts and files`);
  } finally {
    await redis.kill();
  }
};
