/** The address of a Redis server, and the password that is never part of it. */
import { fail } from '../core';

export interface Address {
  readonly host: string;
  readonly port: number;
  /** Which of the server's numbered databases. */
  readonly db: number;
  readonly tls: boolean;
  /** As it is shown: it holds no secret. */
  readonly shown: string;
}

const DEFAULT_PORT = 6379;

const EXPECTED = 'redis://HOST[:PORT][/DATABASE], or rediss:// for TLS';

/**
 * The address that a text says. A `Fault` `options` for one that is none, and for one with a user or a password, which any user of the
 * machine would read in the list of processes: the variables PROXPROP_REDIS_USER and PROXPROP_REDIS_PASSWORD have them. No message holds the text itself.
 */
export const queueAddress = (text: string): Address => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined) return fail('options', '--queue', EXPECTED, 'another text');
  if (url.username !== '' || url.password !== '')
    return fail(
      'options',
      '--queue',
      'an address alone; user and password in PROXPROP_REDIS_USER, PROXPROP_REDIS_PASSWORD',
      'one with a user or a password',
    );
  const tls = url.protocol === 'rediss:';
  if ((!tls && url.protocol !== 'redis:') || url.hostname === '')
    return fail('options', '--queue', EXPECTED, 'another address');
  const [, database = ''] = /^\/?(.*)$/.exec(url.pathname) ?? [];
  if (!/^\d{0,4}$/.test(database) || url.search !== '' || url.hash !== '')
    return fail('options', '--queue', EXPECTED, 'one with more in it');
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const port = url.port === '' ? DEFAULT_PORT : Number(url.port);
  const db = Number(database);
  return {
    host,
    port,
    db,
    tls,
    shown: `${url.protocol}//${url.hostname}:${port}${db === 0 ? '' : `/${db}`}`,
  };
};

/** Who asks, as the environment says; a variable that is set to nothing says nothing. */
export interface Login {
  readonly username?: string;
  readonly password?: string;
}

export const loginIn = (environment: NodeJS.ProcessEnv): Login => {
  const { PROXPROP_REDIS_USER: username = '', PROXPROP_REDIS_PASSWORD: password = '' } = environment;
  return {
    ...(username === '' ? {} : { username }),
    ...(password === '' ? {} : { password }),
  };
};
