/** What several commands print. */
import { type Backend, type ProxpropError, Report, type Running, start, type Threads } from '../src';
import { type Document, type Made } from '../src/experiment';
import type * as TE from 'fp-ts/TaskEither';
import * as E from 'fp-ts/Either';

/** JSON on stdout, as one value. */
export const printJson = (value: unknown): void => {
  process.stdout.write(`${JSON.stringify(value, null, 2)}\n`);
};

const cameOut = ({ sections }: Document) => sections[1]?.parts ?? [];

/** The tables and sentences of what came out. */
export const showMade = ({ document }: Pick<Made, 'document'>): void => {
  for (const part of cameOut(document))
    if (part.tag === 'table') console.log(`\n${Report.table(part.header, part.rows)}`);
    else if (part.tag === 'paragraph') console.log(`\n${part.text}`);
};

/** The same for a program. */
export const madeJson = ({ document, files }: Made, out: string) => ({
  name: document.name,
  out,
  files: [...Object.keys(files), 'report.html', 'report.md'],
  tables: cameOut(document).flatMap((part) =>
    part.tag === 'table' ? [{ header: part.header, rows: part.rows }] : [],
  ),
  findings: cameOut(document).flatMap((part) => (part.tag === 'paragraph' ? [part.text] : [])),
});

/** Start what computes; what there is to say of it is said on stderr. */
export const started =
  (backend: Backend, threads: Threads = 'all'): TE.TaskEither<ProxpropError, Running> =>
  async () => {
    const running = await start(backend, backend === 'wasm' ? { threads } : {})();
    if (E.isRight(running) && running.right.note !== undefined) console.error(running.right.note);
    return running;
  };
