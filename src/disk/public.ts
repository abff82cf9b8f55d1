/**
 * The functions of this folder that are useful outside of the library: files that exist whole or
 * not at all, and folders for one process.
 */
export { append, save, writeFiles } from './files';
export { hold, isPassing, type Release } from './hold';
