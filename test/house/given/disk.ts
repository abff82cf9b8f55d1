export const html = '<!doctype html>';
export const png = Uint8Array.of(137, 80, 78, 71);
export const work = (): Promise<void> => Promise.resolve();
