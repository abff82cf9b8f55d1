/** What the worker does for each request of the page. */
import * as E from 'fp-ts/Either';
import { describe } from '../../../src';
import { experimentOf } from '../model/experiment';
import { heatMap } from '../model/heat';
import { type Reply, type Request } from '../model/messages';
import { ownLayer } from '../model/own';
import { type State } from '../model/state';
import { sweepView } from '../model/sweep';
import { line, quadratic, valleyPaths } from '../model/valley';
import { ready } from './backend';
import { shortened } from './line';
import { type Session, sessionOf } from './session';

const post = (reply: Reply): void => {
  globalThis.postMessage(reply);
};

let session: Session | undefined;
/** The newest request that takes its time: older ones end. */
let latest = 0;
/** The newest request for the laws: what is prepared beside it waits for them. */
let latestLaws = 0;

const failed = (id: number, text: string): void => {
  post({ tag: 'failed', id, line: shortened(text) });
};

const begun = async (id: number, backend: State['backend']): Promise<boolean> => {
  const found = await ready(backend);
  if (E.isLeft(found)) {
    failed(id, describe(found.left));
    return false;
  }
  const { fresh, running } = found.right;
  if (fresh)
    post({
      ...{ tag: 'started', threads: running.threads },
      ...(running.note === undefined ? {} : { note: running.note }),
    });
  return true;
};

const closed = async (): Promise<void> => {
  const last = session;
  session = undefined;
  await last?.close();
};

const prepare = async (id: number, state: State): Promise<void> => {
  await closed();
  if (!(await begun(id, state.backend)) || id !== latest) return;
  session = await sessionOf(id, state, post);
};

const laws = async (id: number, code: string): Promise<void> => {
  if (!(await begun(id, 'wasm'))) return;
  const own = ownLayer(code);
  if (E.isLeft(own)) {
    failed(id, describe(own.left));
    return;
  }
  const { judged } = await import('./judge');
  let all = true;
  for await (const { line: text, held } of judged(own.right, code)) {
    if (id !== latestLaws) return;
    all &&= held;
    post({ tag: 'law', id, line: text, held });
  }
  post({ tag: 'judged', id, held: all });
};

const heat = async (id: number, state: State): Promise<void> => {
  await closed();
  if (!(await begun(id, state.backend))) return;
  const experiment = experimentOf(state);
  if (E.isLeft(experiment)) {
    failed(id, describe(experiment.left));
    return;
  }
  for await (const cell of heatMap(experiment.right)) {
    if (id !== latest) return;
    post({ tag: 'cell', id, cell });
  }
  post({ tag: 'filled', id });
};

const answered = async (request: Request): Promise<void> => {
  const { id } = request;
  switch (request.tag) {
    case 'prepare':
      return prepare(id, request.state);
    case 'play':
      session?.play(request.pace);
      return;
    case 'pause':
      session?.pause();
      return;
    case 'step':
      session?.step();
      return;
    case 'laws':
      return laws(id, request.code);
    case 'heat':
      return heat(id, request.state);
    case 'valley':
      if (await begun(id, request.state.backend))
        post({
          tag: 'paths',
          id,
          eta: request.state.eta,
          paths: valleyPaths(request.state.eta),
          quadratic: quadratic(line()),
        });
      return;
    case 'sweep':
      if (await begun(id, request.state.backend))
        post({ tag: 'swept', id, view: sweepView(request.state.moved, request.state.stage) });
  }
};

/** Requests that replace each other are answered one after another. */
let queue: Promise<void> = Promise.resolve();

/** Answer a request; whatever is thrown on the way is a line for the page. */
export const answer = (request: Request): Promise<void> => {
  const reported = (thrown: unknown): void => {
    failed(request.id, thrown instanceof Error ? thrown.message : String(thrown));
  };
  switch (request.tag) {
    case 'play':
    case 'pause':
    case 'step':
      // Behind what makes the session ready, but never behind a run.
      return (queue = queue.then(() => answered(request)).catch(reported));
    case 'laws':
      latestLaws = request.id;
      return (queue = queue.then(() => answered(request)).catch(reported));
    case 'prepare':
    case 'heat':
    case 'valley':
    case 'sweep':
      latest = Math.max(latest, request.id);
      return (queue = queue.then(() => answered(request)).catch(reported));
  }
};
