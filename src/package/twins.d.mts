export const root: string;
/** The source file that a relative import means, where there is one. */
export const sourceOf: (specifier: string, importer: string | undefined) => string | undefined;
/** The twin of a source file for a page, where it has one. */
export const forPages: (file: string) => string | undefined;
/** The twin of a source file in the packed library, where it has one. */
export const forPackage: (file: string) => string | undefined;
/** The name in the field `imports` of package.json under which a source file with a twin is imported. */
export const nameOf: (file: string) => string;
