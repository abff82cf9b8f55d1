/**
 * `DualConjugateGradients` for the WASM backend. Each thread runs all iterations for a block of
 * right-hand sides (`kernels/assembly/cg.ts`).
 */
import { type Team } from './team';
import { addressOf, inputOf, replaceKernel } from './kernel';
import { filled } from './result';

export const installWasmCg = (team: Team): void => {
  const name = 'DualConjugateGradients';
  replaceKernel(name, ({ inputs, attrs, backend }) => {
    const [k, h] = [inputOf(inputs, name, 'k'), inputOf(inputs, name, 'h')];
    const [units = 0, n = 0] = h.shape;
    const numbers = ['beta', 'plus', 'iterations', 'solved'].map((key) => Number(attrs[key] ?? 0));
    const [beta, plus, iterations, solved] = numbers;
    return filled(backend, h.shape, (out) => {
      const work = team.allocate(team.threads * team.call('dualCgWork', n));
      const [ofK, ofH, to] = [k, h, out].map((x) => addressOf(backend, x));
      const args = [ofK, n, beta, plus, ofH, to, units, iterations, solved, work].map(Number);
      team.share('dualCg', args, team.call('dualCgItems', units));
      team.free(work);
    });
  });
};
