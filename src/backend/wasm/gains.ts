/** `GainAndBias` and its pull-back for the WASM backend (`kernels/assembly/gains.ts`). */
import { util } from '@tensorflow/tfjs-core';
import { withAreas } from './areas';
import { addressOf, ownKernel } from './kernel';
import { filled, filledAll } from './result';
import { type Team } from './team';

/** From this many numbers on it pays to wake other threads. */
const WORTH_SHARING = 1 << 15;

export const installWasmGains = (team: Team): void => {
  const chunkOf = (items: number): number => Math.max(1, Math.ceil(items / 32));
  ownKernel('GainAndBias', ({ x, gain, bias }, _, backend) =>
    filled(backend, x.shape, (out) => {
      const [size, features] = [util.sizeFromShape(x.shape), util.sizeFromShape(gain.shape)];
      const rows = size / features;
      const items = team.call('gainItems', rows);
      const args = [...[x, gain, bias, out].map((t) => addressOf(backend, t)), rows, features];
      team.share('gainAndBias', args, items, chunkOf(items), size >= WORTH_SHARING);
    }),
  );
  ownKernel('GainAndBiasGradient', ({ x, gain, dy }, _, backend) =>
    filledAll(backend, [x.shape, gain.shape, gain.shape], ([dx = x, ...both]) => {
      const [size, features] = [util.sizeFromShape(x.shape), util.sizeFromShape(gain.shape)];
      const rows = size / features;
      const items = team.call('gainItems', rows);
      withAreas(team, ({ room }) => {
        const sums = room(2 * items * features);
        const args = [...[x, gain, dy, dx].map((t) => addressOf(backend, t)), sums, rows, features];
        team.share('gainAndBiasGradient', args, items, chunkOf(items), size >= WORTH_SHARING);
        both.forEach((out, i) => {
          const from = sums + 8 * i * items * features;
          team.share('joinSums', [from, addressOf(backend, out), items, features, 1], 1, 1, false);
        });
      });
    }),
  );
};
