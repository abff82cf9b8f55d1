/** Replacing kernels of a backend, on one whose kernels are known. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type KernelBackend, registerKernel, type TensorInfo, unregisterKernel } from '@tensorflow/tfjs-core';
import { attempt } from '../../src';
import { inputOf, kernelsOf } from '../../src/backend/kernel';
import { messageOf } from '../support';

const backendName = 'made for this test';
// No kernel here asks anything of it.
const backend = {} as KernelBackend;
const x: TensorInfo = { dataId: {}, shape: [1], dtype: 'float32' };
const longer = (info: TensorInfo, by: number): TensorInfo => ({
  ...info,
  shape: [(info.shape[0] ?? 0) + by],
});

describe('replacing a kernel', () => {
  const name = 'Longer';
  const { kernelOf, run, replaceKernel } = kernelsOf<KernelBackend>(backendName);
  beforeAll(() => {
    registerKernel({
      kernelName: name,
      backendName,
      kernelFunc: ({ inputs }) => longer(inputOf(inputs, name, 'x'), 1),
    });
  });
  afterAll(() => {
    unregisterKernel(name, backendName);
  });
  const length = (kernel: string): number | undefined => run(kernelOf(kernel), backend, { x }, {}).shape[0];

  it('again, and again, leaves the stock one at hand', () => {
    expect(length(name)).toBe(2);
    for (let i = 0; i < 3; i++) {
      replaceKernel(name, ({ inputs, attrs, backend: theirs }, stock) =>
        longer(run(stock, theirs, { x: inputOf(inputs, name, 'x') }, attrs), 10),
      );
      expect(length(name)).toBe(12);
    }
  });

  it('names what is missing', () => {
    expect(messageOf(attempt(() => kernelOf('Absent')))).toBe(
      'backend error at made for this test: expected a kernel Absent, found none',
    );
    replaceKernel('Absent', (call, stock) => run(stock, call.backend, { x }, call.attrs));
    expect(messageOf(attempt(() => length('Absent')))).toBe(
      'backend error at made for this test: expected a stock kernel Absent, found none',
    );
    expect(messageOf(attempt(() => run(kernelOf(name), backend, {}, {})))).toBe(
      'shape error at Longer: expected an operand x, found none',
    );
    unregisterKernel('Absent', backendName);
  });
});
