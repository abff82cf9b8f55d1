/**
 * `DualConjugateGradients` for the WASM backend. Each thread runs all iterations for a block of
 * right-hand sides (`kernels/assembly/cg.ts`).
 */
import { type Team } from './team';
import { addressOf, ownKernel } from './kernel';
import { filled } from './result';

export const installWasmCg = (team: Team): void => {
  ownKernel('DualConjugateGradients', ({ k, h }, { beta, plus, iterations, solved }, backend) => {
    const [units = 0, n = 0] = h.shape;
    return filled(backend, h.shape, (out) => {
      const work = team.allocate(team.threads * team.call('dualCgWork', n));
      const [ofK, ofH, to] = [k, h, out].map((x) => addressOf(backend, x));
      const args = [ofK, n, beta, plus, ofH, to, units, iterations, solved, work].map(Number);
      team.share('dualCg', args, team.call('dualCgItems', units));
      team.free(work);
    });
  });
};
