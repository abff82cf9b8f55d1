/**
 * The name of a child as it stands in a path. Ordinary names stand as they are; a point, which separates names, and a backslash
 * follow a backslash, and the empty name is `\e`: no two places of a tree have one path.
 */
export const escaped = (name: string): string => {
  if (name === '') return '\\e';
  return name.includes('.') || name.includes('\\') ? name.replace(/[\\.]/g, '\\$&') : name;
};
