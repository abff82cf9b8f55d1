/**
 * Files that exist whole or not at all, folders for one process at a time, and reading of files of
 * any size.
 */
export { append, appendUnsynced, makeFolder, save, settle, writeFiles } from './files';
export { hold, isPassing, type Release } from './hold';
export { allocated, readIfThere, readingFrom, readWhole, type OpenFile } from './read';
export { type System } from './system';
export { fileBehind } from './target';
