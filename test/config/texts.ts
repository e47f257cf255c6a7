// Reads lines of a config.ini, or tells with which words they are refused.
import { type LoadedConfig, parseConfig } from '../../src/config/load.ts';
import { ConfigError } from '../../src/errors.ts';

export const sealKey = Buffer.alloc(32, 7).toString('base64');
export const environment = { MYQ_GATEWAY_STORE_SEALKEY: sealKey };

/** A whole file, called config.ini in /etc/gw. */
export function parse(text: string, variables: Readonly<Record<string, string>> = environment): LoadedConfig {
  return parseConfig(text, { file: 'config.ini', directory: '/etc/gw', environment: variables });
}

/** Lines after a good beginning of two. */
export function good(lines: string, variables: Readonly<Record<string, string>> = {}): LoadedConfig {
  return parse(`[Server]\nHostname=gw.example.com\n${lines}`, { ...environment, ...variables });
}

/** The message with which a text is refused. */
export function refusal(read: () => unknown): string {
  try {
    read();
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('was accepted');
}

/** As above, for lines after a good beginning of two. */
export const fault = (lines: string, variables: Readonly<Record<string, string>> = {}): string => refusal(() => good(lines, variables));

/** The lines of a [Directory] section under its header, the password left to the environment or to `more`. */
export const directoryLines = 'Url=ldaps://dc1.myq.test\nBindName=reader@myq.test\nBaseDn=DC=myq,DC=test\n';
