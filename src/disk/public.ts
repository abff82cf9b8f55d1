/** Of this folder, what is of use outside of the library: files that are there whole or not at all, and folders for one process. */
export { append, save, writeFiles } from './files';
export { hold, isPassing, type Release } from './hold';
