// Where a file of this client lies, and the directories that it needs.

import { mkdir, readlink, realpath } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { unusable } from './file-fault.ts';

/** Makes the directory and those above it, for this user alone. Throws ClientError `store_unusable`. */
export async function makeDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw unusable(error, directory, 'made');
  }
}

/**
 * Where the file really lies, or would: links are followed, also one to a file that is not there yet.
 * @throws ClientError `store_unusable`
 */
export async function realPlace(file: string): Promise<string> {
  const path = resolve(file);
  try {
    return await realpath(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw unusable(error, file, 'found');
  }
  const directory = dirname(path);
  // A drive of Windows that is not there: nothing is above it.
  if (directory === path) throw unusable(Object.assign(new Error(), { code: 'ENOENT' }), file, 'found');
  const above = await realPlace(directory);
  const target = await targetOf(path, file);
  return target === undefined ? join(above, basename(path)) : realPlace(resolve(above, target));
}

/** Of a link; undefined if nothing is there. */
async function targetOf(path: string, file: string): Promise<string | undefined> {
  try {
    return await readlink(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw unusable(error, file, 'found');
  }
}
