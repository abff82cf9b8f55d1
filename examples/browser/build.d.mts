export declare const bundle: (entry: string, folder: string, name: string) => Promise<void>;
