import { availableParallelism } from 'node:os';

/**
 * The physical cores that this process may use. A second hardware thread of a core adds little to
 * products.
 */
export const physicalCores = async (): Promise<number> => {
  const usable = availableParallelism();
  try {
    const { cpu } = await import('systeminformation');
    return Math.max(1, Math.min((await cpu()).physicalCores, usable));
  } catch {
    // If the process may not query the cores, it uses those that are available.
    return usable;
  }
};
