import { availableParallelism } from 'node:os';

/** Physical cores that this process may use: a second hardware thread of a core adds little to products. */
export const physicalCores = async (): Promise<number> => {
  const usable = availableParallelism();
  try {
    const { cpu } = await import('systeminformation');
    return Math.max(1, Math.min((await cpu()).physicalCores, usable));
  } catch {
    // Where a process may not look, it takes what it may use.
    return usable;
  }
};
