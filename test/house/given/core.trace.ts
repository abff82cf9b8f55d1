import { error, type FailedEvent, type Tree } from '../../../src';

export const event: Pick<FailedEvent<Tree.Tree>, 'tag' | 'error'> = {
  tag: 'failed',
  error: error('loss', 'epoch 1', 'a finite number', 'NaN'),
};
