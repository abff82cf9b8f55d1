import { type Place } from '../../../src/experiment';

const silent = (): void => undefined;

export const place: Place = {
  ...{ backend: 'cpu', threads: 1, out: 'runs/quick' },
  progress: { start: silent, tick: silent, stop: silent },
};
