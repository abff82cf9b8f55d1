/** A number of threads, or `all` for one thread on each physical core. */
export type Threads = number | 'all';
