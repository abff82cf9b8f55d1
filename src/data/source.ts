/**
 * Facts about a published dataset: the places of its files, and the choices that configurations
 * have.
 */
import type * as TE from 'fp-ts/TaskEither';
import { type ProxpropError, type Shape } from '../core';
import { type Dataset } from './dataset';
import { type RemoteFile } from './download';
import { type Whereabouts } from './places';

/** The source of a published dataset. */
export interface Published {
  /** The folders in which its files are looked for, and their names in the first layout. */
  readonly whereabouts: Whereabouts;
  /** The folder for downloaded files, below the one that is named. */
  readonly subfolder: string;
  /**
   * The published files: gzipped, one for each name of the layout and in its order; or one archive
   * with all of them.
   */
  readonly published: readonly RemoteFile[] | RemoteFile;
}

/** What a configuration says under the keys of `choices`. */
interface Chosen {
  readonly [key: string]: unknown;
}

/** A dataset of the library. */
export interface OfficialDataset {
  /** The folders and names of its files, and where they are published. */
  readonly source: Published;
  /**
   * The keys of its configuration, each with the words to choose from; the first one is the
   * default.
   */
  readonly choices: { readonly [key: string]: readonly string[] };
  /** The shape of one example, known before anything is read. */
  readonly shape: (chosen: Chosen) => Shape;
  /** Left: `file`, `data` or `memory`. */
  readonly read: (folder: string, chosen: Chosen) => TE.TaskEither<ProxpropError, Dataset>;
}
