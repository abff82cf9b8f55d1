/** Names that a name may have been meant for. */

/** Letters to insert, take out or change until one text is the other (Levenshtein 1966). */
const editsBetween = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const changed = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(changed, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
};

/** Of a longer name no more is compared: a file may hold one of many megabytes. */
const COMPARED = 60;
/** Letters of a list of names in a message. */
export const LISTED = 150;

/**
 * The names in one text, those first that differ least from what was written, whatever their case;
 * as many as 150 letters hold, with `…` for the others.
 *
 * @example nearest('epoch', ['loss', 'epochs']) // 'epochs, loss'
 */
export const nearest = (written: string, names: readonly string[]): string => {
  const start = written.slice(0, COMPARED).toLowerCase();
  const sorted = names
    .map((name) => ({ name, edits: editsBetween(start, name.toLowerCase()) }))
    .sort((a, b) => a.edits - b.edits)
    .map(({ name }) => name);
  const fits = sorted.filter((_, i) => sorted.slice(0, i + 1).join(', ').length <= LISTED);
  return [...fits, ...(fits.length < sorted.length ? ['…'] : [])].join(', ');
};
