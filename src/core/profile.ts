/** Where the time of a step goes. */

/**
 * The phases of a step. `other` is the time between them: shuffling, bookkeeping, the interpreter.
 */
export const phases = ['data', 'forward', 'backward', 'gram', 'factor', 'solve', 'update', 'other'] as const;

/** A phase of a training step, by which `Profile` counts milliseconds. */
export type Phase = (typeof phases)[number];

/**
 * The milliseconds of each phase of a step. A phase does not contain those inside of it, so they
 * sum to the whole.
 */
export type Profile = { readonly [P in Phase]: number };

/**
 * The profile in progress, and the phase that runs. There is only one, since everything here is
 * synchronous.
 */
interface Clock {
  readonly times: Map<Phase, number>;
  phase: Phase;
  since: number;
}

let clock: Clock | undefined;

const turn = (running: Clock, next: Phase): void => {
  const now = performance.now();
  running.times.set(running.phase, (running.times.get(running.phase) ?? 0) + now - running.since);
  running.phase = next;
  running.since = now;
};

/** Run `f` as a part of a phase. Costs nothing to speak of where no profile is taken. */
export const inPhase = <A>(phase: Phase, f: () => A): A => {
  const running = clock;
  if (running === undefined) return f();
  const outer = running.phase;
  turn(running, phase);
  try {
    return f();
  } finally {
    turn(running, outer);
  }
};

/**
 * Run `f`, and tell how long each phase of it took, in milliseconds of wall-clock. On a GPU, which
 * runs behind, these are the times of asking for work, not of doing it.
 *
 * @example const { value, profile } = profiled(() => direction(net, loss, proxprop())(parameters, batch));
 */
export const profiled = <A>(f: () => A): { readonly value: A; readonly profile: Profile } => {
  const outer = clock;
  const own: Clock = { times: new Map(), phase: 'other', since: performance.now() };
  clock = own;
  try {
    const value = f();
    turn(own, 'other');
    const at = (phase: Phase): number => own.times.get(phase) ?? 0;
    const profile = {
      data: at('data'),
      forward: at('forward'),
      backward: at('backward'),
      gram: at('gram'),
      factor: at('factor'),
      solve: at('solve'),
      update: at('update'),
      other: at('other'),
    };
    return { value, profile };
  } finally {
    clock = outer;
  }
};

/** Sums of profiles, phase by phase. */
export const addProfiles = (a: Profile, b: Profile): Profile => ({
  data: a.data + b.data,
  forward: a.forward + b.forward,
  backward: a.backward + b.backward,
  gram: a.gram + b.gram,
  factor: a.factor + b.factor,
  solve: a.solve + b.solve,
  update: a.update + b.update,
  other: a.other + b.other,
});
