import { pino, type Logger } from 'pino';

export type { Logger };

/** Members that may carry a credential in a logged object, by themselves or up to three objects deep. */
const secretMembers = [
  'authorization',
  'cookie',
  'secret',
  'api_token',
  'client_secret',
  'preview_token',
  'secret_key_jwk',
];
const secretPaths = ['', '*.', '*.*.', '*.*.*.'].flatMap((depth) =>
  secretMembers.map((member) => `${depth}${member}`),
);

export function createLog(name: string, level: string): Logger {
  return pino({ name, level, redact: { paths: secretPaths, censor: '[redacted]' } });
}
