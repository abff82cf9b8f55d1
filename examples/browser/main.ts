/**
 * A page that trains a small network on data of its own, on the backend that the reader chooses, on its own thread or in a worker.
 *
 *     npm run build:browser     # writes it to dist/browser/page; serve that folder from localhost
 */
import { type Backend, backends } from '../../src';
import { run, type Shown } from './training';

/** As much of the page as is used here; the full types would let Node's code use it too. */
interface Element {
  textContent: string | null;
  value: string;
  checked: boolean;
  disabled: boolean;
  readonly append: (child: Element) => void;
  readonly setAttribute: (name: string, value: string) => void;
  readonly addEventListener: (event: string, listener: () => void) => void;
}
declare const document: {
  readonly getElementById: (id: string) => Element | null;
  readonly createElement: (tag: string) => Element;
};
declare const Worker: new (
  address: string,
  options: { readonly type: 'module' },
) => {
  onmessage: ((event: { readonly data: Shown }) => void) | null;
  onerror: ((event: { readonly message?: string }) => void) | null;
  readonly postMessage: (backend: Backend) => void;
  readonly terminate: () => void;
};

const element = (id: string): Element => {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`the page has no element ${id}`);
  return found;
};

const show = ({ points, status, note, failure }: Shown): void => {
  if (points !== undefined) element('losses').setAttribute('points', points);
  if (status !== undefined) element('status').textContent = status;
  if (note !== undefined) element('note').textContent = note;
  if (failure === undefined) return;
  element('failure').textContent = failure;
  element('train').disabled = false;
};

/** A bundler finds the worker by `new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' })`; here it is built beside. */
const runInWorker = (backend: Backend): void => {
  const worker = new Worker('./worker.js', { type: 'module' });
  worker.onmessage = ({ data }) => {
    show(data);
    // Its threads end with it.
    if (data.failure !== undefined) worker.terminate();
  };
  worker.onerror = ({ message }) => {
    show({ failure: message ?? 'the worker does not load' });
  };
  worker.postMessage(backend);
};

for (const name of backends) {
  const option = document.createElement('option');
  option.value = name;
  option.textContent = name;
  element('backend').append(option);
}

element('train').addEventListener('click', () => {
  const chosen = backends.find((name) => name === element('backend').value);
  if (chosen === undefined) return;
  element('train').disabled = true;
  show({ note: '' });
  element('failure').textContent = '';
  if (element('worker').checked) runInWorker(chosen);
  else
    run(chosen, show).catch((thrown: unknown) => {
      show({ failure: String(thrown) });
    });
});
