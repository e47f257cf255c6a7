// The proxy for what the gateway asks of the Internet, as the environment names it for every program (curl(1), "ENVIRONMENT").
import { ConfigError } from '../errors.ts';

export interface ProxySettings {
  /** The proxy for https URLs, which may name a user and a password; undefined: none. */
  readonly https: string | undefined;
  /** Hosts that are reached without it, as `NO_PROXY` has them. */
  readonly none: string | undefined;
}

export const noProxy: ProxySettings = { https: undefined, none: undefined };

/**
 * Reads `https_proxy` and `no_proxy`, or the same in capitals.
 *
 * @throws ConfigError for what is no URL of an HTTP proxy; its value, which may hold a password, is not repeated
 */
export function proxyIn(environment: NodeJS.ProcessEnv): ProxySettings {
  const valueOf = (name: string): string | undefined => environment[name.toLowerCase()] || environment[name] || undefined;
  const https = valueOf('HTTPS_PROXY');
  if (https === undefined) return noProxy;
  const url = /^https?:\/\//i.test(https) ? https : `http://${https}`;
  if (https.includes('://') && url !== https || !URL.canParse(url)) {
    throw new ConfigError('the environment variable HTTPS_PROXY is not the URL of a proxy, expected http://HOST:PORT');
  }
  return { https: url, none: valueOf('NO_PROXY') };
}
