import { emailDomain } from '../target.ts';

/**
 * The domain of people's addresses as a rule takes it for one, in the spelling that the target has it by. Stricter than
 * the target about how it was written: a dot before it may mean what is below it, and no mail host has an underscore.
 */
export const mailDomain = (written: string): string | null =>
  /^\s*\.|_/.test(written) ? null : emailDomain(written);

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
