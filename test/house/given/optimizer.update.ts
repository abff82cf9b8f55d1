import { parameters } from './all';

export const direction = parameters;
export const update = parameters;
