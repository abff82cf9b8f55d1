/** Starts the WASM backend, and replaces some of its kernels by kernels of this library. */
import { Max, Mean, Sum } from '@tensorflow/tfjs-core';
import { error, fail, Fault } from '../../core';
import { keepNan } from '../keepNan';
import { platform } from '../platform';
import { type WasmStarted } from '../platform.types';
import { makeRoom, startedRecord, register } from '../records';
import { reduceNothing } from '../reduceNothing';
import { makeAudible } from '../../replay';
import { type Running, type Starter, type StartOptions } from '../running';
import { startTeam, type Team } from './team';
import { installWasmBroadcast } from './broadcast';
import { installWasmCg } from './cg';
import { installWasmConvolution } from './convolution';
import { installWasmConvolve } from './convolve';
import { installWasmAttend } from './attend';
import { installWasmEntropy } from './entropy';
import { installWasmFormula } from './formula';
import { installWasmGains } from './gains';
import { installWasmIdentity } from './identity';
import { installWasmInverse } from './inverse';
import { installWasmMatMul } from './matMul';
import { kernels } from './kernel';
import { checkedHeap, type CheckedHeap } from './memory';
import { installWasmMax } from './max';
import { installWasmNan } from './nan';
import { installWasmPairs } from './pairs';
import { installWasmPooling } from './pooling';
import { installWasmRidge } from './ridge';
import { installWasmSingle } from './single';
import { installWasmSketch } from './sketch';
import { installWasmConcat } from './concat';
import { installWasmSlice } from './slice';
import { installWasmSum } from './sum';
import { installWasmTranspose } from './transpose';
import { installWasmUnary } from './unary';
import { installWasmNormalise } from './normalise';
import { installWasmLags } from './gramLags';
import { installWasmWide } from './wide';
import { relaxedSimd } from './webAssembly';

/** The most threads that tfjs's module supports. */
const MOST_THREADS = 8;

type Details = Omit<Running, 'backend'>;

const install = (team: Team): void => {
  installWasmIdentity();
  installWasmBroadcast(team);
  installWasmMatMul(team);
  installWasmTranspose(team);
  installWasmInverse(team);
  installWasmCg(team);
  installWasmRidge(team);
  installWasmWide(team);
  installWasmSingle(team);
  installWasmSketch(team);
  installWasmLags(team);
  installWasmNormalise(team);
  installWasmPairs(team);
  installWasmFormula(team);
  installWasmSum(team);
  installWasmMax(team);
  installWasmConcat(team);
  installWasmSlice(team);
  installWasmConvolve(team);
  installWasmConvolution();
  installWasmPooling(team);
  installWasmNan(team);
  installWasmEntropy(team);
  installWasmAttend(team);
  installWasmGains(team);
  installWasmUnary(team);
  keepNan(kernels);
  reduceNothing(kernels, [Max, Mean, Sum]);
};

/**
 * The module, and our team on its memory. If the helpers of the team do not start, both run on one
 * thread, with the reason.
 */
const startedOn = async (
  threads: number,
  files: StartOptions['wasmFiles'],
  relaxed: boolean,
): Promise<WasmStarted & { readonly heap: CheckedHeap; readonly team: Team }> => {
  const started = await platform.wasm(threads, files);
  const { backend, memory, lives, hire } = started;
  const heap = checkedHeap(backend, lives);
  try {
    return {
      ...started,
      heap,
      team: await startTeam({ memory, ...heap }, started.threads, hire, { relaxed }),
    };
  } catch (thrown) {
    if (started.threads === 1) throw thrown;
    backend.dispose();
    const why = thrown instanceof Fault ? thrown.error.found : String(thrown);
    return { ...(await startedOn(1, files, relaxed)), why };
  }
};

const start = async ({ threads: asked, wasmFiles, relaxed: fused }: StartOptions): Promise<Details> => {
  if (fused !== undefined && typeof fused !== 'boolean')
    fail('options', 'relaxed', 'true or false', String(fused));
  const before = startedRecord('wasm');
  const wanted =
    asked === 'all' || (asked === undefined && before === undefined) ? await platform.physicalCores() : asked;
  if (before !== undefined) {
    const { asked: first, details } = before;
    if (wanted !== undefined && wanted !== first && wanted !== details.threads)
      throw new Fault(
        error('backend', 'wasm', `${details.threads} threads, fixed while the process runs`, `${wanted}`),
      );
    if (fused !== undefined && fused !== before.relaxed)
      fail(
        'backend',
        'wasm',
        `relaxed: ${String(before.relaxed)}, fixed while the process runs`,
        String(fused),
      );
    return details;
  }
  makeRoom('wasm');
  const threads = wanted ?? 1;
  const relaxed = fused === true && relaxedSimd();
  const most = Math.min(threads, MOST_THREADS);
  const { backend, heap, team, ...started } = await startedOn(most, wasmFiles, relaxed);
  // tfjs registers its own while it is loaded, in between.
  makeRoom('wasm');
  install(team);
  makeAudible('wasm', backend);
  const because = started.why ?? `tfjs takes at most ${MOST_THREADS}`;
  const notes = [
    ...(team.threads < threads ? [`wasm runs on ${team.threads} of ${threads} threads: ${because}`] : []),
    ...(fused === true && !relaxed ? ['wasm runs without relaxed SIMD: this engine lacks it'] : []),
  ];
  const details: Details = {
    simd: true,
    threads: team.threads,
    relaxed,
    heap,
    ...(notes.length > 0 ? { note: notes.join('; ') } : {}),
  };
  register('wasm', 2, { backend, details, asked: threads, relaxed: fused === true, end: team.end });
  return details;
};

export const wasm: Starter = { start };
