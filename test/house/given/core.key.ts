import { Key } from '../../../src';

/** The function, as those who are inside of the module know it. */
export const { key } = Key;
