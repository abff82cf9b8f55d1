/** The layer of the reader's own: its text, and what the laws say of it. */
import { useEffect, useState } from 'preact/hooks';
import { ripple } from '../model/lessons';
import { type State } from '../model/state';
import { type Controller } from './run';

export const Editor = ({
  state,
  controller,
  change,
}: {
  readonly state: State;
  readonly controller: Controller;
  readonly change: (part: Partial<State>) => void;
}) => {
  const [text, write] = useState(state.own);
  useEffect(() => {
    write(state.own);
  }, [state.own]);
  const { laws, phase, judged } = controller.view;
  const check = (): void => {
    if (text !== state.own) change({ own: text });
    controller.check({ ...state, own: text });
  };
  const broken = laws.filter(({ held }) => !held);
  return (
    <section class="editor" aria-label="your layer">
      <label>
        <span class="editor-name">Your layer, in JavaScript</span>
        <textarea
          spellcheck={false}
          autocomplete="off"
          rows={11}
          value={text}
          onInput={({ currentTarget }) => {
            write(currentTarget.value);
          }}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
              event.preventDefault();
              check();
            }
          }}
        />
      </label>
      <p class="buttons">
        <button type="button" class="primary" disabled={phase === 'checking'} onClick={check}>
          {phase === 'checking' ? 'Checking…' : 'Check the laws'}
        </button>
        <button
          type="button"
          disabled={text === ripple}
          onClick={() => {
            write(ripple);
            change({ own: ripple });
          }}
        >
          Restore the example
        </button>
        <span class="progress" role="status">
          {judged === undefined
            ? laws.length === 0
              ? 'Ctrl + Enter checks too.'
              : `${laws.length} laws checked`
            : judged.held
              ? `All ${laws.length} laws hold.`
              : `${broken.length} of ${laws.length} laws violated`}
        </span>
      </p>
      {laws.length === 0 ? null : (
        <details open={broken.length > 0}>
          <summary>The laws, one by one</summary>
          <ul class="laws">
            {laws.map(({ line, held }, i) => (
              <li key={i} class={held ? 'held' : 'broken'}>
                {line}
              </li>
            ))}
          </ul>
        </details>
      )}
    </section>
  );
};
