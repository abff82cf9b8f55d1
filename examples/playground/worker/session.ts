/** A run of all methods of a state, side by side: one step of each in turn, and a frame for the page from time to time. */
import * as E from 'fp-ts/Either';
import { dataKinds } from '../model/data/kinds';
import { type Experiment, experimentOf } from '../model/experiment';
import { type MethodFrame, type Reply, type ShownData } from '../model/messages';
import { looked, SHOWN_DIGITS } from '../model/probe';
import { type Point, runOf, type Stopped } from '../model/run';
import { type State } from '../model/state';
import { describe, scope, Tree } from '../../../src';

/** Milliseconds between two frames. */
const FRAME = 50;

interface Lane {
  readonly run: AsyncGenerator<Point | Stopped, void, undefined>;
  /** Points that the page has not seen. */
  points: Point[];
  seen: Float32Array | undefined;
  stopped: Stopped | undefined;
  done: boolean;
}

export interface Session {
  readonly play: (pace: number) => void;
  readonly pause: () => void;
  readonly step: () => void;
  /** Ends the runs, and frees what they hold. */
  readonly close: () => Promise<void>;
}

const shownData = ({ state, train, test }: Experiment): ShownData => {
  const { features, classifies } = dataKinds[state.data.kind];
  const classes = (targets: Iterable<number>): Float32Array => Float32Array.from(targets);
  const count = features > 2 ? Math.min(SHOWN_DIGITS, test.count) : 0;
  const asClass = (examples: Experiment['train'], n: number): Float32Array => {
    const width = examples.targets.length / examples.count;
    return width === 1 || !classifies
      ? classes(examples.targets.subarray(0, n * width))
      : Float32Array.from({ length: n }, (_, i) =>
          examples.targets.subarray(i * width, (i + 1) * width).indexOf(1),
        );
  };
  return {
    inputs: features > 2 ? new Float32Array(0) : Float32Array.from(train.inputs),
    targets: features > 2 ? new Float32Array(0) : asClass(train, train.count),
    shown: Float32Array.from(test.inputs.subarray(0, count * features)),
    shownTargets: asClass(test, count),
  };
};

const sleep = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, milliseconds);
  });

/** Makes the session ready: the data and the untrained networks are posted. */
export const sessionOf = async (
  id: number,
  state: State,
  post: (reply: Reply) => void,
): Promise<Session | undefined> => {
  const made = experimentOf(state);
  if (E.isLeft(made)) {
    post({ tag: 'failed', id, line: describe(made.left) });
    return undefined;
  }
  const experiment = made.right;
  let wanted = true;
  const lanes: Lane[] = state.methods.map((_, i) => {
    const lane: Lane = {
      ...{ points: [], seen: undefined, stopped: undefined, done: false },
      run: runOf(experiment, i, (net, parameters) => {
        if (wanted) lane.seen = looked(experiment, net, parameters);
      }),
    };
    return lane;
  });

  const advance = async (lane: Lane): Promise<void> => {
    if (lane.done) return;
    const { value, done } = await lane.run.next();
    if (done === true) lane.done = true;
    else if (value.tag === 'stopped') Object.assign(lane, { stopped: value, done: true });
    else {
      lane.points.push(value);
      if (value.step >= state.steps) {
        lane.done = true;
        await lane.run.return();
      }
    }
  };
  const frame = (): void => {
    const methods = lanes.map((lane): MethodFrame => {
      const { points, seen, stopped } = lane;
      Object.assign(lane, { points: [], seen: undefined });
      return {
        points,
        ...(seen === undefined ? {} : { seen }),
        ...(stopped === undefined ? {} : { line: stopped.line, diverged: stopped.diverged }),
      };
    });
    post({ tag: 'frame', id, methods });
  };

  /** One step of every method at a time, whoever asks. */
  let turn: Promise<void> = Promise.resolve();
  const round = (): Promise<void> => {
    turn = turn.then(async () => {
      for (const lane of lanes) await advance(lane);
    });
    return turn;
  };
  const ended = (): boolean => lanes.every(({ done }) => done);

  let playing = 0;
  const loop = async (own: number, pace: number): Promise<void> => {
    let drawn = 0;
    while (playing === own && !ended()) {
      const started = performance.now();
      // Networks are looked at in the round that ends in a frame, and in the last one.
      const due = started - drawn >= FRAME;
      wanted = due || pace > 0;
      await round();
      if (due) {
        frame();
        drawn = started;
      }
      if (pace > 0) await sleep(Math.max(0, 1000 / pace - (performance.now() - started)));
    }
    if (playing !== own) return;
    frame();
    if (ended()) post({ tag: 'finished', id });
    playing = 0;
  };

  await round();
  const { net, initial } = experiment;
  post({
    ...{ tag: 'prepared', id, data: shownData(experiment) },
    parameters: scope(() => Tree.leaves(net.init(initial)).reduce((sum, { size }) => sum + size, 0)),
    links: net.layers.map(({ name }) => name),
  });
  frame();
  let counter = 0;
  return {
    play: (pace) => {
      counter++;
      playing = counter;
      void loop(playing, pace);
    },
    pause: () => {
      playing = 0;
      void turn.then(frame);
    },
    step: () => {
      playing = 0;
      wanted = true;
      void round().then(() => {
        frame();
        if (ended()) post({ tag: 'finished', id });
      });
    },
    close: async () => {
      playing = -1;
      await turn;
      for (const { run } of lanes) await run.return();
    },
  };
};
