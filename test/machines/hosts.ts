/** Three hosts in network namespaces of their own, joined by a bridge: the cables are pulled as real ones are. */
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { asAlone } from './stores';
import { play } from './play';
import { startRedis } from './redisServer';
import { works } from './tools';

const BRIDGE = 'ppq-bridge';
const HOSTS = ['ppq-a', 'ppq-b', 'ppq-c'] as const;
const addressOf = (i: number): string => `10.213.77.${i + 1}`;

const ip = (words: string): boolean => works('ip', ...words.split(' '));

const clear = (): void => {
  for (const host of HOSTS) ip(`netns del ${host}`);
  ip(`link del ${BRIDGE}`);
};

/** Whether hosts can be made here: not in a container without the right to. */
const made = (): boolean => {
  clear();
  const whole =
    ip(`link add ${BRIDGE} type bridge`) &&
    ip(`link set ${BRIDGE} up`) &&
    HOSTS.every(
      (host, i) =>
        ip(`netns add ${host}`) &&
        ip(`link add ${host}-out type veth peer name ${host}-in`) &&
        ip(`link set ${host}-in netns ${host}`) &&
        ip(`link set ${host}-out master ${BRIDGE}`) &&
        ip(`link set ${host}-out up`) &&
        ip(`-n ${host} addr add ${addressOf(i)}/24 dev ${host}-in`) &&
        ip(`-n ${host} link set ${host}-in up`) &&
        ip(`-n ${host} link set lo up`),
    );
  if (!whole) clear();
  return whole;
};

export const playHosts = async (
  folder: string,
  { cells, epochs, cut }: { readonly cells: number; readonly epochs: number; readonly cut: number },
  say: (line: string) => void,
): Promise<void> => {
  if (!made()) {
    say('hosts: network namespaces cannot be made here');
    return;
  }
  const inside = (i: number): readonly string[] => ['ip', 'netns', 'exec', HOSTS[i] ?? HOSTS[0]];
  const redis = await startRedis(join(folder, 'redis'), 6379, ['--protected-mode', 'no'], {
    host: addressOf(0),
    before: inside(0),
    outside: true,
  });
  try {
    const came = await play({
      cells,
      epochs,
      workers: 2,
      folder: join(folder, 'grid'),
      url: `redis://${addressOf(0)}`,
      simulation: { epoch: 300, diverging: 8 },
      before: [inside(1), inside(2), inside(0)],
      meanwhile: async () => {
        await setTimeout(5000);
        ip(`link set ${HOSTS[1]}-out down`);
        await setTimeout(cut * 1000);
        ip(`link set ${HOSTS[1]}-out up`);
      },
    });
    await asAlone(came);
    const by = came.said.map(
      (text) => text.split('\n').filter((line) => /: (done|diverged)$/.test(line)).length,
    );
    say(
      `three hosts, one of them without a network for ${cut} s (lock 5 s): ${cells} cells, equal files; by host ${by.join(', ')}`,
    );
  } finally {
    await redis.kill();
    clear();
  }
};
