/** Files that are there whole or not at all, folders for one process at a time, and reading of any size. */
export { makeFolder, save, settle, writeFiles } from './files';
export { hold } from './hold';
export { allocated, readingFrom, readWhole, type Source } from './read';
export { fileBehind } from './target';
