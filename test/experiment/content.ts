/** What must be the same in two runs of one experiment: every file, less the time that it took. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Files that hold seconds, or what is drawn from them. */
const TIMED = /^(environment\.json|report\.(html|md)|small-curves\.(png|svg))$/;
const withoutSeconds = (text: string): string => text.replace(/"seconds":\s?[\d.e-]+/g, '"seconds":0');
/** The sixth column. */
const withoutColumn = (text: string): string =>
  text.replace(/^((?:[^,]*,){5})[^,]*/gm, (_, before: string) => `${before}seconds`);

export const contentOf = (folder: string, name: string): string => {
  const bytes = readFileSync(join(folder, name));
  if (TIMED.test(name)) return '';
  if (/\.(jsonl|json)$/.test(name)) return withoutSeconds(bytes.toString());
  return name.endsWith('.csv') ? withoutColumn(bytes.toString()) : bytes.toString('base64');
};
