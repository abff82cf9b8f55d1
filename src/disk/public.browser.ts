/** A page has no files. */
export {};
