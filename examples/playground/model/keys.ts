/** The names in a record whose type lists them all. */
export const keysOf = <K extends string>(record: { readonly [key in K]: unknown }): readonly K[] =>
  // `Object.keys` says `string[]`, for a record may have more keys than its type; those of this project are literals.
  Object.keys(record) as K[];
