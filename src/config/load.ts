// Makes the one configuration of a process: reads config.ini and the environment, checks, freezes.
import { isIPv6 } from 'node:net';
import { dirname, resolve } from 'node:path';
import { ConfigError } from '../errors.ts';
import { contradictions, warningsOf } from './checks.ts';
import { maximumIniBytes, parseIni, subjectOf } from './ini.ts';
import { merge, type Merged, type Surroundings, type Value } from './merge.ts';
import { configError, type Problem } from './problems.ts';
import { readText } from './read.ts';
import { type Config, environmentName, type Setting, type SettingPath, settings } from './schema.ts';

export type { Config } from './schema.ts';

/** The configuration and where it came from; deep-frozen. */
export interface LoadedConfig {
  readonly config: Config;
  /** Absolute path of the file. */
  readonly file: string;
  /** Absolute; where the relative paths of the file begin. In `config` all paths are absolute already. */
  readonly directory: string;
  /** For each setting "default", "FILE:LINE" or "environment", with the file that a secret was read from. */
  readonly sources: Readonly<Record<SettingPath, string>>;
  /** One sentence each, for the log at start. */
  readonly warnings: readonly string[];
}

/** Variables that look as if they were meant for a setting, but that none reads. Kubernetes' MYQ_GATEWAY_SERVICE_HOST is not of them. */
function ignoredVariables(environment: Surroundings['environment']): readonly string[] {
  const read = settings.filter(({ key }) => key.secret).map(environmentName);
  const prefixes = new Set(settings.map(({ section }) => `MYQ_GATEWAY_${section}_`.toUpperCase()));
  return Object.keys(environment)
    .filter((name) => !read.includes(name) && [...prefixes].some((prefix) => name.startsWith(prefix)))
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

function assemble(values: ReadonlyMap<Setting, Value>): Config {
  const config: Record<string, Record<string, unknown>> = {};
  for (const [{ section, name }, { value }] of values) {
    (config[section.toLowerCase()] ??= {})[name.charAt(0).toLowerCase() + name.slice(1)] = value;
  }
  // Every setting of the schema is here, read by its own kind: just what the type is derived from.
  return config as unknown as Config;
}

function contradictionProblems(config: Config, { lineOf, values }: Merged): readonly Problem[] {
  const given = new Set([...values].filter(([, { source }]) => source !== 'default').map(([{ path }]) => path));
  return contradictions(config, (path) => given.has(path)).flatMap(({ path, text }) => settings.filter((setting) => setting.path === path)
    .map((setting) => ({ line: lineOf(setting), subject: subjectOf(setting.section, setting.name), text })));
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
  const config = assemble(merged.values);
  const problems = contradictionProblems(config, merged);
  if (problems.length > 0) throw configError(around.file, problems);
  const values = [...merged.values];
  return deepFreeze({
    config,
    file: resolve(around.file),
    directory,
    sources: Object.fromEntries(values.map(([{ path }, { source }]) => [path, source])) as Record<SettingPath, string>,
    warnings: [
      ...values.map(([, { warning }]) => warning).filter((warning) => warning !== undefined),
      ...warningsOf(config),
      ...ignoredVariables(around.environment),
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
