/**
 * Writes the name of a child as it stands in a path. Ordinary names stay unchanged. A backslash
 * precedes a point, which separates names, and a backslash. The empty name is `\e`. So no two
 * places of a tree have the same path.
 */
export const escaped = (name: string): string => {
  if (name === '') return '\\e';
  return name.includes('.') || name.includes('\\') ? name.replace(/[\\.]/g, '\\$&') : name;
};
