/** What of this folder runs in a browser: the types. Files are read in Node. */
export { type Dataset, type Split } from './dataset';
