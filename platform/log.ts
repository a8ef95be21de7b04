import { pino, type Logger } from 'pino';

export type { Logger };

/** Members that may carry a credential in a logged object; the value never reaches the log. */
const secretPaths = [
  'authorization',
  'headers.authorization',
  'req.headers.authorization',
  'req.headers.cookie',
  '*.secret',
  '*.api_token',
  '*.client_secret',
  '*.preview_token',
];

export function createLog(name: string, level: string): Logger {
  return pino({ name, level, redact: { paths: secretPaths, censor: '[redacted]' } });
}
