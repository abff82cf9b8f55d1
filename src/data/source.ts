/** What the library knows of a published dataset: where its files lie, and what configurations may choose of it. */
import type * as TE from 'fp-ts/TaskEither';
import { type ProxpropError, type Shape } from '../core';
import { type Dataset } from './dataset';
import { type RemoteFile } from './download';
import { type Whereabouts } from './places';

/** A published dataset. */
export interface Published {
  /** Where its files are looked for, and, in the first layout, what they are called. */
  readonly whereabouts: Whereabouts;
  /** The folder, below the one that is named, for files that are brought. */
  readonly subfolder: string;
  /** Gzipped files, one for each name of the layout and in its order; or one archive that holds them all. */
  readonly published: readonly RemoteFile[] | RemoteFile;
}

/** What a configuration says under the keys of `choices`. */
interface Chosen {
  readonly [key: string]: unknown;
}

/** A dataset of the library. */
export interface OfficialDataset {
  readonly source: Published;
  /** Keys of its configuration, each with the words to choose from, the first of which is the default. */
  readonly choices: { readonly [key: string]: readonly string[] };
  /** The shape of one example, known before anything is read. */
  readonly shape: (chosen: Chosen) => Shape;
  /** Left: `file`, `data` or `memory`. */
  readonly read: (folder: string, chosen: Chosen) => TE.TaskEither<ProxpropError, Dataset>;
}
