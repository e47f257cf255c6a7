// `users sync`: the users of the directories of config.ini become users here.

import type { DirectoryConfig } from '../config/load.ts';
import type { DirectoryAccounts } from '../directory/accounts.ts';
import { inWords } from '../directory/failure.ts';
import { sectionOf } from '../directory/settings.ts';
import { UnavailableError } from '../errors.ts';
import { openSecrets } from '../tokens/secrets.ts';
import { changeLine, conflictLine, counted, dryRunLine, plural } from './mirrored.ts';
import { syncPeople, type Synced } from './sync-directory.ts';
import { mapPerson, type MappedPerson, type PersonRules } from './sync-person.ts';
import { action, type Call, type Report } from './users-action.ts';
import { Negative, UsageError } from './verb.ts';

const flag = { type: 'boolean' } as const;

/** The action. */
export const syncAction = action({ directory: { type: 'string' }, 'dry-run': flag, force: flag }, async (call, values): Promise<Report> => {
  const { directory: wanted, 'dry-run': dryRun = false, force = false } = values;
  const chosen = directoriesOf(call, wanted);
  const { digestKey } = await openSecrets(call);
  const warnings = new Set<string>();
  // Only this verb needs the LDAP client.
  const { openAccounts } = await import('../directory/accounts.ts');
  const { directories, users: { appendDomainName } } = call.config;
  const accounts = openAccounts({ directories, now: () => Math.floor(Date.now() / 1000), warn: (text) => { warnings.add(text); } });
  try {
    const results: Result[] = [];
    for (const settings of chosen) {
      const read = await readPeople(accounts, {
        settings, isOnly: directories.length === 1, appendDomainName, digestKey, otherRealms: otherRealms(call.config, settings.realm),
      });
      const synced = 'failure' in read
        ? read : { ...read, ...await syncPeople({ store: call.store, directory: settings.name, dryRun, force }, read.people) };
      results.push({ directory: settings.name, ...synced });
    }
    return reportOf(results, dryRun, [...warnings]);
  } finally {
    accounts.close();
  }
}, false);

/** Of the domains whose users may sign in, all but this one. */
function otherRealms({ kerberos, ntlm, directories }: Call['config'], own: string): ReadonlySet<string> {
  const all = [...kerberos.realms, ...[...ntlm.domains, ...directories].map(({ realm }) => realm)].map((realm) => realm.toUpperCase());
  return new Set(all.filter((realm) => realm !== own.toUpperCase()));
}

/** The directories to read. Throws Negative if there is none at all, UsageError if there is none of that name. */
function directoriesOf({ config: { directories } }: Call, wanted: string | undefined): readonly DirectoryConfig[] {
  if (directories.length === 0) {
    throw new Negative('config.ini has no directory: write the section [Directory] with Url, BindName, BindPassword and BaseDn '
      + '(myq-gateway config example shows it)');
  }
  if (wanted === undefined) return directories;
  const folded = wanted.toLowerCase();
  const found = directories.find(({ name }) => name === folded) ?? directories.find(({ name }) => sectionOf(name).toLowerCase() === folded);
  if (found !== undefined) return [found];
  const all = directories.map(({ name }) => (name === '' ? 'Directory' : name)).join(' ');
  throw new UsageError(`there is no directory "${wanted}"; known: ${all}`);
}

interface People {
  /** Who is left out is among them. */
  readonly seen: number;
  readonly people: readonly MappedPerson[];
  readonly notes: readonly string[];
}

interface Failed {
  readonly failure: string;
}

type Result = { readonly directory: string } & (Failed | (People & Synced));

/** Reads everybody before anything is written: of half a directory nobody can tell who is gone. */
async function readPeople(accounts: DirectoryAccounts, rules: PersonRules): Promise<People | Failed> {
  const people: MappedPerson[] = [];
  const notes: string[] = [];
  let seen = 0;
  try {
    const { name } = rules.settings;
    for await (const entry of accounts.people(name, (dn, why) => { notes.push(`${dn}: ${why}`); })) {
      seen++;
      const person = mapPerson(entry, rules, (why) => { notes.push(`${entry.name}: ${why}`); });
      if (person !== undefined) people.push(person);
    }
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error;
    return { failure: inWords(error) };
  }
  return { seen, people, notes };
}

function reportOf(results: readonly Result[], dryRun: boolean, warnings: readonly string[]): Report {
  const complaints = results.flatMap(complaintsOf);
  return {
    lines: [...(dryRun ? [dryRunLine] : []), ...results.flatMap(linesOf), ...warnings.map((text) => `note: ${text}`)],
    json: { dryRun, directories: results.map(described), warnings },
    complaint: complaints.length === 0 ? undefined : complaints.join('; '),
  };
}

function complaintsOf(result: Result): readonly string[] {
  if ('failure' in result) return [`${result.failure}; nobody of this directory was changed`];
  const { conflicts, directory, withheld } = result;
  const option = directory === '' ? 'Directory' : directory;
  return [
    ...(conflicts.length === 0 ? [] : [`[${sectionOf(directory)}]: ${plural(conflicts.length, 'conflict')}`]),
    ...(withheld.length === 0 ? [] : [`[${sectionOf(directory)}]: ${plural(withheld.length, 'user')}, more than half, would be gone, so nobody was `
      + `disabled; see BaseDn and UserFilter, and if it is right: myq-gateway users sync --directory ${option} --force`]),
  ];
}

function countsOf({ changes, conflicts, seen, unchanged }: People & Synced) {
  return { seen, ...counted(changes), unchanged, conflicts: conflicts.length };
}

function linesOf(result: Result): readonly string[] {
  const section = `[${sectionOf(result.directory)}]`;
  if ('failure' in result) return [`${section} could not be read`];
  const counts = Object.entries(countsOf(result)).map(([name, count]) => `${name} ${String(count)}`).join(', ');
  return [
    `${section} ${counts}`,
    ...result.changes.map(changeLine),
    ...result.notes.map((note) => `note: ${note}`),
    ...result.withheld.map((name) => `not disabled: ${name}: gone from the directory`),
    ...result.conflicts.map((conflict) => `conflict: ${conflictLine(conflict)}`),
  ];
}

function described(result: Result): object {
  const { directory } = result;
  if ('failure' in result) return { directory, failure: result.failure };
  const { changes, conflicts, notes, withheld } = result;
  return { directory, counts: countsOf(result), changes, notes, conflicts, withheld };
}
