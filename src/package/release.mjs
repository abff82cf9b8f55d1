/**
 * Run by `npm version`: what is unreleased in CHANGELOG.md becomes the version's, with its date. A line, and exit code 1, where
 * nothing is unreleased.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './twins.mjs';

const path = join(root, 'CHANGELOG.md');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const text = readFileSync(path, 'utf8');
const [before, after = ''] = text.split('## [Unreleased]\n');
const [unreleased = ''] = after.split(/^## \[/m);
if (unreleased.trim() === '') {
  console.error('data error at CHANGELOG.md: expected changes under [Unreleased], found none');
  process.exit(1);
}
const date = new Date().toISOString().slice(0, 10);
writeFileSync(path, `${before}## [Unreleased]\n\n## [${version}] - ${date}\n${after}`);
