/**
 * The part of this folder that runs in a browser: the types, and the functions that read no file.
 * Readers of files fail with an error that says that they need Node. Types are exported by `export
 * type` as a whole: of a list with `type` before each name the module itself would remain, and with
 * it the modules of Node.
 */
import { inNode } from '../core';

export type { Checksum } from './checksum';
export type { ImageLayout } from './cifar';
export type { Cifar100Classes } from './cifar100';
export type { CsvTable } from './csv';
export type { CsvOptions } from './csvColumns';
export type { Dataset, Split } from './dataset';
export { examplesOf } from './examples';
export type { DownloadOptions, RemoteFile } from './download';
export type { Idx } from './idx';
export type { DatasetName } from './official';
export type { Layout, Whereabouts } from './places';
export type { Channels } from './png';
export type { PngFolder, PngOptions } from './pngFolder';
export { firstExamples, type Selection } from './selection';
export type { OfficialDataset, Published as Source } from './source';

export const cifar10: typeof import('./cifar10').cifar10 = inNode('cifar10');
export const cifar100: typeof import('./cifar100').cifar100 = inNode('cifar100');
export const csvExamples: typeof import('./csv').csvExamples = inNode('csvExamples');
export const download: typeof import('./download').download = inNode('download');
export const fashionMnist: typeof import('./fashionMnist').fashionMnist = inNode('fashionMnist');
export const kmnist: typeof import('./kmnist').kmnist = inNode('kmnist');
export const mnist: typeof import('./mnist').mnist = inNode('mnist');
export const obtain: typeof import('./obtain').obtain = inNode('obtain');
export const obtainFrom: typeof import('./obtain').obtainFrom = inNode('obtainFrom');
export const pngFolder: typeof import('./pngFolder').pngFolder = inNode('pngFolder');
export const readIdx: typeof import('./idx').readIdx = inNode('readIdx');
export const usps: typeof import('./usps').usps = inNode('usps');
