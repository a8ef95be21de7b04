import { normalHost } from './uris.ts';

/**
 * The one spelling of the domain of people's addresses: A-labels in lower case, without a leading @. Null when it is
 * no domain: a single label, an IP address, a host with a port, a pattern.
 */
export function mailDomain(written: string): string | null {
  const bare = written.trim().replace(/^@/, '');
  if (!/^[^\s/?#:@[\]*%]+$/.test(bare)) return null;
  const host = normalHost(bare);
  if (host === null) return null;
  const labels = host.split('.');
  const sound = labels.every((label) => /^(?!-)[a-z0-9-]{1,63}(?<!-)$/.test(label));
  // What ends in digits is an IP address.
  return sound && labels.length > 1 && host.length <= 253 && !/^\d+$/.test(labels.at(-1) ?? '') ? host : null;
}

/** Whether an address under one of the domains may also be under the other. */
export const domainsOverlap = (a: string, b: string): boolean =>
  a === b || a.endsWith(`.${b}`) || b.endsWith(`.${a}`);

/** Domains at which anybody gets an address: whoever routes them routes strangers. */
export const publicMailDomains: ReadonlySet<string> = new Set([
  '126.com',
  '163.com',
  'aol.com',
  'att.net',
  'comcast.net',
  'duck.com',
  'fastmail.com',
  'free.fr',
  'gmail.com',
  'gmx.at',
  'gmx.ch',
  'gmx.com',
  'gmx.de',
  'gmx.net',
  'googlemail.com',
  'hey.com',
  'hotmail.co.uk',
  'hotmail.com',
  'hotmail.de',
  'hotmail.es',
  'hotmail.fr',
  'hotmail.it',
  'icloud.com',
  'laposte.net',
  'libero.it',
  'live.co.uk',
  'live.com',
  'live.fr',
  'live.nl',
  'mac.com',
  'mail.com',
  'mail.ru',
  'me.com',
  'msn.com',
  'naver.com',
  'orange.fr',
  'outlook.com',
  'outlook.de',
  'outlook.fr',
  'pm.me',
  'proton.me',
  'protonmail.com',
  'qq.com',
  'rediffmail.com',
  'rocketmail.com',
  't-online.de',
  'tutanota.com',
  'verizon.net',
  'wanadoo.fr',
  'web.de',
  'yahoo.ca',
  'yahoo.co.in',
  'yahoo.co.jp',
  'yahoo.co.uk',
  'yahoo.com',
  'yahoo.com.br',
  'yahoo.de',
  'yahoo.es',
  'yahoo.fr',
  'yahoo.it',
  'yandex.com',
  'yandex.ru',
  'ymail.com',
  'zoho.com',
]);
