/**
 * What of this folder runs in a browser: the types, and what reads no file. Files are read in Node. `export type` as a whole, since of a list with `type`
 * before each name the module itself would remain, and with it the modules of Node.
 */
export type { Checksum } from './checksum';
export type { ImageLayout } from './cifar';
export type { Cifar100Classes } from './cifar100';
export type { CsvTable } from './csv';
export type { CsvOptions } from './csvColumns';
export type { Dataset, Split } from './dataset';
export { examplesOf } from './examples';
export type { DownloadOptions, RemoteFile } from './download';
export type { Idx } from './idx';
export type { DatasetName, Source } from './official';
export type { Layout, Whereabouts } from './places';
export type { Channels } from './png';
export type { PngFolder, PngOptions } from './pngFolder';
export type { Selection } from './selection';
