export const bytes = new Uint8Array(8);
