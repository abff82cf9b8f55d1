/** A number of threads, or one for each physical core. */
export type Threads = number | 'all';
