// Makes the one configuration of a process: reads config.ini and the environment, checks, freezes.
import { isIPv6 } from 'node:net';
import { dirname, resolve } from 'node:path';
import { ConfigError } from '../errors.ts';
import { contradictions, warningsOf } from './checks.ts';
import type { Surroundings, Value } from './find-value.ts';
import { maximumIniBytes, parseIni } from './ini.ts';
import { merge, type MergedSection } from './merge.ts';
import { configError, type Problem } from './problems.ts';
import { noProxy, proxyIn, type ProxySettings } from './proxy.ts';
import { readText } from './read.ts';
import { type Config, environmentName, sectionNames, sectionOf, type SettingPath } from './schema.ts';

export type { Config, DirectoryConfig, EntraConfig } from './schema.ts';
export type { NtlmDomain } from './domains.ts';
export type { ProxySettings } from './proxy.ts';
export type { RightsGroup, RightsRule } from './rights.ts';

/** The configuration and where it came from; deep-frozen. */
export interface LoadedConfig {
  readonly config: Config;
  /** Absolute path of the file. */
  readonly file: string;
  /** Absolute; where the relative paths of the file begin. In `config` all paths are absolute already. */
  readonly directory: string;
  /** Every setting in force, in the order of the schema; settings of one section stand together. */
  readonly values: readonly Pick<Value, 'setting' | 'value' | 'source'>[];
  /** By the path of the setting, for each "default", "FILE:LINE" or "environment", with the file that a secret was read from. */
  readonly sources: Readonly<Record<SettingPath, string> & Record<string, string>>;
  /** For what is asked of Entra ID. */
  readonly proxy: ProxySettings;
  /** One sentence each, for the log at start. */
  readonly warnings: readonly string[];
}

/** Variables that look as if they were meant for a setting, but that none reads. Kubernetes' MYQ_GATEWAY_SERVICE_HOST is not of them. */
function ignoredVariables(environment: Surroundings['environment'], values: readonly Value[]): readonly string[] {
  const read = values.filter(({ setting }) => setting.key.secret).map(({ setting }) => environmentName(setting));
  const prefixes = sectionNames.map((section) => `MYQ_GATEWAY_${section}_`.toUpperCase());
  return Object.keys(environment)
    .filter((name) => !read.includes(name) && prefixes.some((prefix) => name.startsWith(prefix)))
    .map((name) => `the environment variable ${name} is ignored: only ${read.join(', ')} can be given there`);
}

/** Freezes plain objects and arrays; key objects cannot change anyway. */
function deepFreeze<T>(value: T): T {
  if (Array.isArray(value) || (typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype)) {
    Object.values(value).forEach(deepFreeze);
    Object.freeze(value);
  }
  return value;
}

function assemble(sections: readonly MergedSection[]): Config {
  const plurals = sectionNames.map(sectionOf).flatMap((section) => ('plural' in section ? [[section.plural, [] as unknown[]] as const] : []));
  const lists = new Map(plurals);
  const single = sections.flatMap(({ known, member, values }): (readonly [string, unknown])[] => {
    const section = sectionOf(known);
    if (!('keys' in section)) return [[known.toLowerCase(), values.map(({ value }) => value)]];
    const keys = Object.fromEntries(values.map(({ setting: { name }, value }) => [name.charAt(0).toLowerCase() + name.slice(1), value]));
    if (!('plural' in section)) return [[known.toLowerCase(), keys]];
    lists.get(section.plural)?.push({ name: member, ...keys });
    return [];
  });
  // Every setting of the schema is here, read by its own kind: just what the type is derived from.
  return Object.fromEntries([...single, ...lists]) as unknown as Config;
}

function contradictionProblems(config: Config, values: readonly Value[]): readonly Problem[] {
  const given = new Set(values.filter(({ source }) => source !== 'default').map(({ setting }) => setting.path));
  return contradictions(config, (path) => given.has(path)).flatMap(({ path, text }) =>
    values.filter(({ setting }) => setting.path === path).map(({ line, subject }) => ({ line, subject, text })));
}

/**
 * Makes a configuration of the text of a config.ini. Reads no file but those of secrets.
 *
 * @throws ConfigError with one line for each fault: `FILE:LINE: [Section] Key: what is wrong, what was expected`
 */
export function parseConfig(text: string, around: Surroundings): LoadedConfig {
  const directory = resolve(around.directory);
  const merged = merge(parseIni(text), { ...around, directory });
  if (merged.problems.length > 0) throw configError(around.file, merged.problems);
  const config = assemble(merged.sections);
  const values = merged.sections.flatMap((section) => section.values);
  const problems = contradictionProblems(config, values);
  if (problems.length > 0) throw configError(around.file, problems);
  return deepFreeze({
    config,
    file: resolve(around.file),
    directory,
    values: values.map(({ setting, value, source }) => ({ setting, value, source })),
    sources: Object.fromEntries(values.map(({ setting: { path }, source }) => [path, source])) as LoadedConfig['sources'],
    // What is meant for other programs must not stop a gateway that asks nothing of the Internet.
    proxy: config.tenants.length === 0 ? noProxy : proxyIn(around.environment),
    warnings: [
      ...values.map(({ warning }) => warning).filter((warning) => warning !== undefined),
      ...warningsOf(config),
      ...ignoredVariables(around.environment, values),
    ],
  });
}

/**
 * Reads config.ini. This is the only place that looks at the environment of the process.
 *
 * @param file path of the configuration, relative to the working directory
 * @throws ConfigError if it cannot be read, or as `parseConfig`
 */
export function loadConfig(file: string, environment: NodeJS.ProcessEnv = process.env): LoadedConfig {
  const read = readText(file, maximumIniBytes);
  if ('text' in read) return parseConfig(read.text, { file, directory: dirname(resolve(file)), environment, mode: read.mode });
  const at = read.line === undefined ? file : `${file}:${read.line}`;
  const cure = read.missing ? '; "myq-gateway init --dir DIR --hostname FQDN" makes one, --config FILE names another' : '';
  throw new ConfigError(`${at}: ${read.fault}${cure}`);
}

/**
 * The issuer of all tokens (RFC 8414 §2) and the base of every URL that the gateway publishes; without a final slash.
 *
 * @param port the one that the gateway really listens on, which differs from the setting when that is 0
 * @throws ConfigError if the port is still unknown and no PublicUrl is set
 */
export function issuerOf(config: Config, port: number = config.server.port): string {
  const { hostname, publicUrl } = config.server;
  if (publicUrl !== undefined) return publicUrl;
  if (port === 0) throw new ConfigError('[Server] Port: 0 leaves the issuer unknown until the gateway listens; set PublicUrl');
  return new URL(`https://${isIPv6(hostname) ? `[${hostname}]` : hostname}:${port}`).origin;
}
