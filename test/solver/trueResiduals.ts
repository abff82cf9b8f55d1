/**
 * Prints true residuals against reported ones, and exits 1 where a converged solve is off, or a step makes its block's energy rise.
 *
 *     npx ts-node test/solver/trueResiduals.ts [random systems] [contrary systems] [large systems] [seed]
 */
import { engine } from '@tensorflow/tfjs-core';
import { start } from '../../src';
import { readsStallOn } from '../../src/core/stall';
import { right } from '../support';
import { survey } from './survey';

const [random = 1000, contrary = 250, large = 50, seed = 1] = process.argv.slice(2).map(Number);

const run = async (): Promise<void> => {
  let failures = 0;
  const show = (where: string): void => {
    for (const [name, count] of [
      ['random', random],
      ['contrary', contrary],
      ['large', large],
    ] as const) {
      const s = survey(count, name, seed);
      for (const line of [...s.silent, ...s.uphill, ...s.faults].slice(0, 10)) console.log(`  ${line}`);
      failures += s.silent.length + s.uphill.length;
      console.log(
        `${where}: ${s.solves} ${name} solves, ${s.converged} converged, ${s.faults.length} faults, ${s.silent.length} converged with a true residual > 1e-3 (largest ${s.worst.toFixed(2)} tolerances), ${s.uphill.length} uphill`,
      );
    }
  };
  for (const backend of ['wasm', 'cpu'] as const) {
    right(await start(backend, { threads: 1 })());
    show(backend);
  }
  right(await start('wasm', { threads: 1 })());
  readsStallOn(engine().backend);
  show('wasm without reads');
  process.exitCode = failures === 0 ? 0 : 1;
};

void run();
