/** The page: one state, what follows from it, and the address that holds it. */
import { useCallback, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import * as E from 'fp-ts/Either';
import { describe } from '../../../src';
import { addressOf, stateOf } from '../model/address';
import { keysOf } from '../model/keys';
import { lessons, saved } from '../model/lessons';
import { type LessonId, lessonIds, paces, type State } from '../model/state';
import { Builder } from './builder';
import { Cards } from './cards';
import { Charts } from './charts';
import { DataPanel, RunPanel } from './data';
import { Editor } from './editor';
import { savePng, saveText } from './exporting';
import { Heat } from './heat';
import { type Controller, controllerOf } from './run';
import { Sweep } from './sweep';
import { applyTheme, firstTheme, keepTheme, type Theme } from './theme';
import { Valley } from './valley';
import { Choice, Symbolic } from './words';

/** Lessons with a picture of their own, which are no runs. */
const isFigure = ({ lesson }: State): boolean => lesson === 'valley' || lesson === 'sweep';

/** What a run depends on: where it changes, the run begins anew. */
const runKey = (state: State): string => {
  const { data, network, loss, batch, steps, seed, backend, methods, own } = state;
  const uses = network.some(({ kind }) => kind === 'own');
  return JSON.stringify([data, network, loss, batch, steps, seed, backend, methods, uses ? own : '']);
};

const Nav = ({ lesson }: { readonly lesson: LessonId }) => {
  const nav = useRef<HTMLElement>(null);
  useEffect(() => {
    // On a narrow screen the tabs scroll.
    nav.current?.querySelector('[aria-current]')?.scrollIntoView({ inline: 'center', block: 'nearest' });
  }, [lesson]);
  return (
    <nav aria-label="lessons" ref={nav}>
      <ul>
        {keysOf(lessonIds).map((id) => (
          <li key={id}>
            <a href={`#/${id}`} aria-current={id === lesson ? 'page' : undefined}>
              <Symbolic text={lessonIds[id]} />
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
};

const status = ({ view }: Controller, { steps }: State): string => {
  const step = Math.max(0, ...view.lanes.map(({ points }) => points.at(-1)?.step ?? 0));
  switch (view.phase) {
    case 'loading':
      return 'starting…';
    case 'checking':
      return 'checking the laws…';
    case 'failed':
      return '';
    case 'ready':
    case 'playing':
    case 'paused':
    case 'finished':
      return `step ${step} of ${steps}`;
  }
};

const RunBar = ({
  state,
  controller,
  change,
}: {
  readonly state: State;
  readonly controller: Controller;
  readonly change: (part: Partial<State>) => void;
}) => {
  const { phase, threads, parameters, note } = controller.view;
  const playing = phase === 'playing';
  const waits = phase === 'loading' || phase === 'checking' || phase === 'failed';
  return (
    <div class="runbar" data-phase={phase}>
      <button
        type="button"
        class="primary"
        disabled={waits}
        onClick={() => {
          if (playing) controller.pause();
          else controller.play(state);
        }}
      >
        {playing ? 'Pause' : phase === 'finished' ? 'Run again' : 'Run'}
      </button>
      <button
        type="button"
        disabled={waits || playing || phase === 'finished'}
        onClick={() => {
          controller.step(state);
        }}
      >
        Step
      </button>
      <button
        type="button"
        disabled={phase === 'loading'}
        onClick={() => {
          controller.prepare(state);
        }}
      >
        Reset
      </button>
      <Choice
        {...{ label: 'speed', hidden: true, value: `${state.pace}` }}
        options={Object.entries(paces)}
        change={(text) => {
          const pace = Number(text);
          change({ pace });
          if (playing) controller.play({ ...state, pace });
        }}
      />
      <span class="progress" role="status" title={note}>
        {status(controller, state)}
      </span>
      <span class="facts">
        {parameters > 0 ? `${parameters} parameters` : ''}
        {threads === undefined ? '' : ` · ${threads} ${threads === 1 ? 'thread' : 'threads'}`}
      </span>
    </div>
  );
};

const Exports = ({ state, theme }: { readonly state: State; readonly theme: Theme }) => {
  const [copied, tell] = useState(false);
  const { title } = lessons[state.lesson];
  return (
    <p class="exports">
      <button
        type="button"
        onClick={() => {
          void navigator.clipboard.writeText(location.href).then(() => {
            tell(true);
            setTimeout(() => {
              tell(false);
            }, 1500);
          });
        }}
      >
        {copied ? 'Copied' : 'Copy link'}
      </button>
      <button
        type="button"
        onClick={() => {
          void savePng(title, theme, `proxprop-${state.lesson}.png`);
        }}
      >
        PNG
      </button>
      {isFigure(state) ? null : (
        <button
          type="button"
          onClick={() => {
            // Not before it is asked for: it brings the texts of the data sets.
            void import('../model/program').then(({ programOf }) => {
              saveText(programOf(state, location.href), 'run.mts');
            });
          }}
        >
          Program
        </button>
      )}
    </p>
  );
};

const Body = ({
  state,
  controller,
  theme,
  change,
}: {
  readonly state: State;
  readonly controller: Controller;
  readonly theme: Theme;
  readonly change: (part: Partial<State>) => void;
}) => {
  const { view } = controller;
  if (state.lesson === 'valley') return <Valley {...{ state, view, theme, change }} />;
  if (state.lesson === 'sweep') return <Sweep {...{ state, view, theme, change }} />;
  const setup = (
    <div class="setup">
      <DataPanel {...{ state, change }} />
      <Builder
        state={state}
        change={(network) => {
          change({ network });
        }}
      />
      <RunPanel {...{ state, change }} />
    </div>
  );
  const cards = (
    <Cards
      {...{ state, view, theme }}
      change={(methods) => {
        change({ methods });
      }}
    />
  );
  if (state.lesson === 'robust')
    return (
      <div class="columns two">
        {setup}
        <div class="middle">
          <Heat {...{ state, controller, theme }} />
          {cards}
        </div>
      </div>
    );
  return (
    <div class="columns">
      {setup}
      <div class="middle">
        {state.lesson === 'layer' ? <Editor {...{ state, controller, change }} /> : null}
        <RunBar {...{ state, controller, change }} />
        {cards}
      </div>
      <Charts {...{ state, view, theme, change }} />
    </div>
  );
};

export const App = () => {
  const [[state, notice], setBoth] = useState<readonly [State, string]>(() => {
    const found = stateOf(location.hash);
    return E.isRight(found) ? [found.right, ''] : [saved('free'), describe(found.left)];
  });
  const [theme, setTheme] = useState<Theme>(firstTheme);
  const [, redraw] = useState(0);
  const drawing = useRef(false);
  const controller = useMemo(
    () =>
      controllerOf(() => {
        // As many pictures as the screen shows, however many replies there are.
        if (drawing.current) return;
        drawing.current = true;
        requestAnimationFrame(() => {
          drawing.current = false;
          redraw((n) => n + 1);
        });
      }),
    [],
  );
  const change = useCallback((part: Partial<State>) => {
    setBoth(([before]) => [{ ...before, ...part }, '']);
  }, []);

  useEffect(() => {
    applyTheme(theme);
  }, [theme]);
  useEffect(() => {
    const changed = (): void => {
      const found = stateOf(location.hash);
      setBoth(([before]) => (E.isRight(found) ? [found.right, ''] : [before, describe(found.left)]));
    };
    addEventListener('hashchange', changed);
    return () => {
      removeEventListener('hashchange', changed);
    };
  }, []);
  useEffect(() => {
    if (notice === '') history.replaceState(null, '', addressOf(state));
    document.title = `${lessons[state.lesson].title} · proxprop playground`;
  }, [state, notice]);

  const figure = isFigure(state);
  const key = figure ? JSON.stringify([state.lesson, state.eta, state.moved, state.stage]) : runKey(state);
  useEffect(() => {
    if (figure) {
      controller.show(state);
      return undefined;
    }
    const goesOn = controller.view.phase === 'playing' && !controller.view.filling;
    controller.expect();
    const wait = setTimeout(() => {
      controller.prepare(state);
      if (goesOn) controller.play(state);
    }, 60);
    return () => {
      clearTimeout(wait);
    };
    // The key stands for all of the state that matters here.
  }, [key, state.lesson]);

  const { title, text, task } = lessons[state.lesson];
  const line = notice === '' ? controller.view.line : notice;
  return (
    <>
      <header class="top">
        <p class="brand">
          proxprop <span>playground</span>
        </p>
        <Nav lesson={state.lesson} />
        <button
          type="button"
          class="theme"
          aria-label={theme === 'dark' ? 'light colours' : 'dark colours'}
          onClick={() => {
            const next = theme === 'dark' ? 'light' : 'dark';
            keepTheme(next);
            setTheme(next);
          }}
        >
          {theme === 'dark' ? '☀' : '☾'}
        </button>
      </header>
      <main>
        <div class="intro">
          <div>
            <h1>
              <Symbolic text={title} />
            </h1>
            <p>
              <Symbolic text={text} />
            </p>
            <p class="task">
              <Symbolic text={task} />
            </p>
          </div>
          <Exports {...{ state, theme }} />
        </div>
        {line === undefined ? null : (
          <p class="line" role="alert">
            {line}
          </p>
        )}
        <Body {...{ state, controller, theme, change }} />
      </main>
    </>
  );
};
