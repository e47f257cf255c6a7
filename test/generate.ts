// Writes the files that come from src/config/schema.ts: config.ini.example and the table in README.md. With --check it only compares,
// and says which reasons the documentation lacks.

import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { configExample, configTable } from '../src/config/document.ts';
import { reasonPages, reasonProblems } from './reasons.ts';

export interface GeneratedFile {
  /** Relative to the root of the repository. */
  readonly path: string;
  /** What the file holds now; undefined when it does not exist. */
  readonly present: string | undefined;
  readonly wanted: string;
}

const root = dirname(import.meta.dirname);
const begin = '<!-- config-table -->';
const end = '<!-- /config-table -->';

/**
 * The generated files, as they are and as they should be.
 *
 * @throws Error when README.md is missing or does not have the two markers, once each and in order
 */
export function generatedFiles(): readonly GeneratedFile[] {
  const readme = read('README.md');
  return [
    { path: 'config.ini.example', present: read('config.ini.example'), wanted: configExample() },
    { path: 'README.md', present: readme, wanted: withTable(readme, configTable()) },
  ];
}

function withTable(readme: string | undefined, table: string): string {
  if (readme === undefined) throw new Error('there is no README.md to put the table of settings in');
  const [before, rest, ...more] = readme.split(begin);
  const [old, after, ...again] = rest?.split(end) ?? [];
  if (before === undefined || old === undefined || after === undefined || more.length + again.length > 0) {
    throw new Error(`README.md must have one line ${begin} and after it one line ${end}`);
  }
  return `${before}${begin}\n${table.trim()}\n${end}${after}`;
}

function read(path: string): string | undefined {
  try {
    return readFileSync(join(root, path), 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function main(options: readonly string[]): void {
  const stale = generatedFiles().filter(({ present, wanted }) => present !== wanted);
  if (options.includes('--check')) {
    for (const { path } of stale) process.stderr.write(`${path} is not current: npm run generate\n`);
    const wrong = reasonProblems(reasonPages.map((page) => read(page) ?? '').join('\n'));
    for (const problem of wrong) process.stderr.write(`${reasonPages.join(', ')}: ${problem}\n`);
    process.exitCode = stale.length + wrong.length > 0 ? 1 : 0;
    return;
  }
  for (const { path, wanted } of stale) {
    writeFileSync(join(root, path), wanted);
    process.stdout.write(`${path} written\n`);
  }
}

if (import.meta.main) {
  try {
    main(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}
