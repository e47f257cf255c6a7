// A small text file that only its owner may write: read whole or not at all, and replaced in one move.

import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { type FileHandle, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { ClientError } from '../error.ts';
import { decoded, refuseStrangers, shownPath, unusable } from './file-fault.ts';
import { makeDirectory, realPlace } from './place.ts';

export interface PrivateFileOptions {
  /** Its content is a secret: others may not even read it. Default false. */
  readonly secret?: boolean | undefined;
}

/** Far more than 10,000 sign-ins or certificates need. */
const MAX_BYTES = 4 * 1024 * 1024;
const DAY = 86_400_000;

/**
 * The text of the file, without a byte order mark; undefined if there is none.
 * @throws ClientError `store_unusable` if it cannot be read or others may write it (with `secret`: read it), `store_damaged` if it is
 *   bigger than 4 MiB or no UTF-8
 */
export async function readPrivateFile(file: string, { secret = false }: PrivateFileOptions = {}): Promise<string | undefined> {
  let handle: FileHandle;
  try {
    // A pipe with nobody at its other end would be waited for without end. Windows has no such flag.
    handle = await open(file, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw unusable(error, file, 'read');
  }
  try {
    refuseStrangers(await handle.stat(), file, secret);
    return decoded(await beginning(handle), file);
  } catch (error) {
    throw unusable(error, file, 'read');
  } finally {
    await handle.close();
  }
}

/** All of it, or the first byte too many: the size that the system tells may have changed since. */
async function beginning(handle: FileHandle): Promise<Buffer | undefined> {
  const { size } = await handle.stat();
  if (size > MAX_BYTES) return undefined;
  const parts: Buffer[] = [];
  for (let length = 0; length <= MAX_BYTES;) {
    const { bytesRead, buffer } = await handle.read(Buffer.alloc(Math.max(size, 4096) + 1));
    if (bytesRead === 0) return Buffer.concat(parts);
    parts.push(buffer.subarray(0, bytesRead));
    length += bytesRead;
  }
  return undefined;
}

/**
 * Puts the text in the place of what the file holds: whoever reads it finds the old text or the new one, also after a power cut.
 * A link stays, and the file it leads to is replaced. A new file is 0600; one without secrets keeps the right of others to read it.
 * @throws ClientError `store_unusable`; the file is then as it was
 */
export async function replacePrivateFile(file: string, text: string, { secret = false }: PrivateFileOptions = {}): Promise<void> {
  const bytes = Buffer.from(text);
  if (bytes.length > MAX_BYTES) {
    throw new ClientError('store_unusable', `${shownPath(file)} is full: it would be bigger than 4 MiB`, { cure: 'Remove what is no longer needed from it.' });
  }
  const place = await realPlace(file);
  await makeDirectory(dirname(place));
  await removeStale(place);
  const temporary = `${place}.${randomBytes(16).toString('hex')}.tmp`;
  try {
    await writeThrough(temporary, bytes, secret ? 0o600 : await modeFor(place));
    await renameOver(temporary, place);
    await syncDirectory(dirname(place));
  } catch (error) {
    // The first failure is the one to tell; what cannot be removed now is a day later.
    await rm(temporary, { force: true }).catch(() => undefined);
    throw unusable(error, file, 'written');
  }
}

async function modeFor(place: string): Promise<number> {
  try {
    return (await stat(place)).mode & 0o644 | 0o600;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return 0o600;
    throw error;
  }
}

async function writeThrough(path: string, bytes: Buffer, mode: number): Promise<void> {
  const handle = await open(path, 'wx', 0o600);
  try {
    await handle.writeFile(bytes);
    if (mode !== 0o600) await handle.chmod(mode);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Windows moves nothing over a file that another program has just open: a reader, or a virus scanner. They are done soon. */
async function renameOver(from: string, to: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await rename(from, to);
    } catch (error) {
      const isBusy = process.platform === 'win32' && ['EPERM', 'EACCES', 'EBUSY'].includes((error as NodeJS.ErrnoException).code ?? '');
      if (!isBusy || attempt === 50) throw error;
      await sleep(20);
    }
  }
}

/** So that the move outlives a power cut. Windows cannot do that to a directory, and needs not. */
async function syncDirectory(directory: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** What a process left behind that was killed while it wrote. */
async function removeStale(place: string): Promise<void> {
  const directory = dirname(place);
  const start = `${basename(place)}.`;
  const isOurs = (name: string): boolean => name.startsWith(start) && /^[0-9a-f]{32}\.tmp$/.test(name.slice(start.length));
  // Whether the file can be written does not hang on this: where it fails, the next write tries again.
  const names = await readdir(directory).catch(() => []);
  await Promise.all(names.filter(isOurs).map(async (name) => {
    const path = join(directory, name);
    const { mtimeMs } = await stat(path);
    if (mtimeMs < Date.now() - DAY) await rm(path, { force: true });
  }).map((removal) => removal.catch(() => undefined)));
}
