/** What of this folder runs in a browser: sinks of your own. A page has no files. */
export { type LoggedEvent } from './entry';
export { logged, type Sink, type UnloggedEvent } from './sink';
