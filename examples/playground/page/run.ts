/** The run that the page shows: what the worker has said of it so far. */
import { type LinkEnergy, type Point } from '../model/run';
import { type HeatCell } from '../model/heat';
import { type Reply, type ShownData } from '../model/messages';
import { type State } from '../model/state';
import { type SweepView } from '../model/sweep';
import { type Paths, type Quadratic } from '../model/valley';
import { type Asked, type Engine, engineOf } from './engine';

export type Phase = 'loading' | 'ready' | 'playing' | 'paused' | 'finished' | 'checking' | 'failed';

export interface Lane {
  readonly points: Point[];
  seen: Float32Array | undefined;
  line: string | undefined;
  diverged: boolean;
}

export interface LawLine {
  readonly line: string;
  readonly held: boolean;
}

/** What the worker said, as the views read it. Its lists grow; `version` tells of it. */
export interface View {
  version: number;
  phase: Phase;
  /** One line for the reader, where something failed. */
  line: string | undefined;
  threads: number | undefined;
  note: string | undefined;
  data: ShownData | undefined;
  parameters: number;
  /** The layers of the network by their names: the links of methods that group none. */
  links: readonly string[];
  lanes: readonly Lane[];
  laws: LawLine[];
  /** The code that the laws have been checked on, and whether all held. */
  judged: { readonly code: string; readonly held: boolean } | undefined;
  cells: HeatCell[];
  filling: boolean;
  valley: { readonly eta: number; readonly paths: Paths; readonly quadratic: Quadratic } | undefined;
  sweep: SweepView | undefined;
}

export interface Controller {
  readonly view: View;
  /** What is shown is out of date: a run is to be prepared. */
  readonly expect: () => void;
  readonly prepare: (state: State) => void;
  readonly play: (state: State) => void;
  readonly pause: () => void;
  readonly step: (state: State) => void;
  readonly check: (state: State) => void;
  readonly fill: (state: State) => void;
  readonly show: (state: State) => void;
  readonly end: () => void;
}

const usesOwn = ({ network }: State): boolean => network.some(({ kind }) => kind === 'own');

const emptyView = (): View => ({
  ...{ version: 0, phase: 'loading', line: undefined, threads: undefined, note: undefined, data: undefined },
  ...{ parameters: 0, links: [], lanes: [], laws: [], judged: undefined, cells: [], filling: false },
  ...{ valley: undefined, sweep: undefined },
});

/** The energies by link of a lane, after its last step. */
export const energiesOf = ({ points }: Lane): readonly LinkEnergy[] => points.at(-1)?.links ?? [];

export const controllerOf = (changed: () => void): Controller => {
  const view = emptyView();
  /** Numbers of the requests whose replies count. */
  let current = 0;
  let lawsAt = 0;
  let code = '';
  /** What is to be done once the laws have held, or the run is ready. */
  let then: (() => void) | undefined;

  const told = (): void => {
    view.version++;
    changed();
  };

  const heard = (reply: Reply): void => {
    switch (reply.tag) {
      case 'started':
        Object.assign(view, { threads: reply.threads, note: reply.note });
        break;
      case 'failed':
        if (reply.id < current && reply.id !== lawsAt) return;
        Object.assign(view, { phase: 'failed', line: reply.line, filling: false });
        then = undefined;
        break;
      case 'law':
        if (reply.id !== lawsAt) return;
        view.laws.push({ line: reply.line, held: reply.held });
        break;
      case 'judged': {
        if (reply.id !== lawsAt) return;
        view.judged = { code, held: reply.held };
        if (view.phase === 'checking') view.phase = 'ready';
        const next = then;
        then = undefined;
        if (reply.held) next?.();
        else if (next !== undefined) view.line = 'Not trained: a law is violated, as the list says.';
        break;
      }
      case 'prepared':
        if (reply.id !== current) return;
        Object.assign(view, {
          data: reply.data,
          parameters: reply.parameters,
          links: reply.links,
          phase: 'ready',
        });
        break;
      case 'frame':
        if (reply.id !== current) return;
        reply.methods.forEach(({ points, seen, line, diverged }, i) => {
          const lane = view.lanes[i];
          if (lane === undefined) return;
          lane.points.push(...points);
          lane.seen = seen ?? lane.seen;
          lane.line = line ?? lane.line;
          lane.diverged = diverged ?? lane.diverged;
        });
        break;
      case 'finished':
        if (reply.id !== current) return;
        view.phase = 'finished';
        break;
      case 'cell':
        if (reply.id !== current) return;
        view.cells.push(reply.cell);
        break;
      case 'filled':
        if (reply.id !== current) return;
        Object.assign(view, { filling: false, phase: 'finished' });
        break;
      case 'paths':
        if (reply.id !== current) return;
        Object.assign(view, {
          valley: { eta: reply.eta, paths: reply.paths, quadratic: reply.quadratic },
          phase: 'ready',
        });
        break;
      case 'swept':
        if (reply.id !== current) return;
        Object.assign(view, { sweep: reply.view, phase: 'ready' });
    }
    told();
  };

  const engine: Engine = engineOf(heard);
  const ask = (request: Asked): void => {
    current = engine.ask(request);
  };
  const check = (state: State, next?: () => void): void => {
    then = next;
    code = state.own;
    Object.assign(view, { laws: [], judged: undefined, phase: 'checking', line: undefined });
    lawsAt = engine.ask({ tag: 'laws', code });
    told();
  };
  const lawful = (state: State, next: () => void): void => {
    if (!usesOwn(state) || (view.judged?.code === state.own && view.judged.held)) next();
    else check(state, next);
  };
  const prepare = (state: State): void => {
    Object.assign(view, {
      ...{ phase: 'loading', line: undefined, cells: [], filling: false, data: undefined },
      lanes: state.methods.map((): Lane => ({
        points: [],
        seen: undefined,
        line: undefined,
        diverged: false,
      })),
    });
    ask({ tag: 'prepare', state });
    told();
  };
  return {
    view,
    expect: () => {
      view.phase = 'loading';
      told();
    },
    prepare,
    play: (state) => {
      lawful(state, () => {
        if (view.phase === 'finished') prepare(state);
        engine.ask({ tag: 'play', pace: state.pace }, current);
        Object.assign(view, { phase: 'playing', line: undefined });
        told();
      });
    },
    pause: () => {
      engine.ask({ tag: 'pause' }, current);
      view.phase = 'paused';
      told();
    },
    step: (state) => {
      lawful(state, () => {
        engine.ask({ tag: 'step' }, current);
        view.phase = 'paused';
        told();
      });
    },
    check: (state) => {
      check(state);
    },
    fill: (state) => {
      lawful(state, () => {
        Object.assign(view, { cells: [], filling: true, line: undefined, phase: 'playing' });
        ask({ tag: 'heat', state });
        told();
      });
    },
    show: (state) => {
      view.line = undefined;
      ask(state.lesson === 'valley' ? { tag: 'valley', state } : { tag: 'sweep', state });
    },
    end: engine.end,
  };
};
