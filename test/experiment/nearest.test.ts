import { describe, expect, it } from 'vitest';
import { nearest } from '../../src/experiment';

describe('names that a name may have been meant for', () => {
  it.each([
    ['epoch', ['loss', 'epochs', 'batchSize'], 'epochs, loss, batchSize'],
    ['BATCHSIZE', ['batch', 'batchSize'], 'batchSize, batch'],
    ['tetaTau', ['tau', 'tauTheta', 'thetaTau'], 'thetaTau, tau, tauTheta'],
    ['', ['aa', 'b'], 'b, aa'],
    ['x', [], ''],
    // As they stand where nothing tells them apart.
    ['zz', ['ab', 'cd'], 'ab, cd'],
  ] as const)('%j among %j', (written, names, expected) => {
    expect(nearest(written, names)).toBe(expected);
  });

  it('are no more than a line holds, the nearest among them', () => {
    const names = Array.from({ length: 100 }, (_, i) => `a name of many ${i}`);
    const found = nearest('a name of many 77', names);
    expect(found).toMatch(/^a name of many 77, .*, …$/);
    expect(found.length).toBeLessThanOrEqual(153);
  });

  it('are found for a name of ten million letters', () => {
    expect(nearest('x'.repeat(1e7), ['x', 'xxx'])).toBe('xxx, x');
  });
});
