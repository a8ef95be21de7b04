import { lookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { Agent, fetch, type Response } from 'undici';
import type { HostAllowlist } from '../../domain/source.ts';

/** How the readers reach an incumbent: one origin, GET only, public addresses only, bounded in size and time. */
export interface TransportOptions {
  /** The only origin a request may go to. */
  origin: string;
  allowlist: HostAllowlist;
  /** PEM of extra certificate authorities. */
  ca?: string | undefined;
  /** Milliseconds for one answer, from the request to the last byte. */
  timeoutMs?: number;
  /** Bytes of one answer, after decompression. */
  maxBytes?: number;
}

export interface Answer {
  status: number;
  headers: Headers;
  body: Buffer;
  fetchedAt: Date;
  elapsedMs: number;
}

export interface Transport {
  /** Sends a GET; anything else, and any other origin, throws TransportViolation before a byte leaves. */
  send(request: {
    url: string;
    method: string;
    headers: Record<string, string>;
    signal?: AbortSignal | undefined;
  }): Promise<Answer>;
  close(): Promise<void>;
}

/** A request that the readers must never make. It is a bug or an attack, so it is not retried. */
export class TransportViolation extends Error {}

/** The answer is larger than a page can be. */
export class AnswerTooLarge extends Error {}

const mebibyte = 1024 * 1024;

export function createTransport(options: TransportOptions): Transport {
  const { origin } = options;
  const connection = connect(options);
  return {
    async send({ url, method, headers, signal }) {
      if (method.toUpperCase() !== 'GET') {
        throw new TransportViolation(`The inventory is read-only: ${method.toUpperCase()} is refused.`);
      }
      assertOrigin(url, origin, connection.anyAddress);
      return connection.fetch(url, { method: 'GET', headers }, signal);
    },
    close: () => connection.close(),
  };
}

/** Asks for access tokens: a POST to the one token endpoint, and nothing else. */
export interface TokenTransport {
  /** Sends a form; any URL but the endpoint's, its query aside, throws TransportViolation before a byte leaves. */
  post(url: string, headers: Record<string, string>, form: string): Promise<Answer>;
  close(): Promise<void>;
}

/** Bytes of an answer with a token; a larger one is none. */
const largestToken = mebibyte;

export function createTokenTransport(
  options: Omit<TransportOptions, 'origin' | 'maxBytes'> & { endpoint: string },
): TokenTransport {
  const { origin } = new URL(options.endpoint);
  const connection = connect({ ...options, origin, maxBytes: largestToken });
  return {
    async post(url, headers, form) {
      if (url.replace(/\?.*$/s, '') !== options.endpoint) {
        throw new TransportViolation('A credential is sent to the token endpoint and nowhere else.');
      }
      assertOrigin(url, origin, connection.anyAddress);
      return connection.fetch(url, { method: 'POST', headers, body: form });
    },
    close: () => connection.close(),
  };
}

/** A connection to one origin, to public addresses only, whose answers are bounded in size and time. */
function connect({ origin, allowlist, ca, timeoutMs = 120_000, maxBytes = 32 * mebibyte }: TransportOptions) {
  const anyAddress = allowlist.allows(new URL(origin));
  const agent = new Agent({
    connect: { lookup: anyAddress ? undefined : publicLookup, ca, timeout: 10_000 },
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
  });
  return {
    anyAddress,
    async fetch(
      url: string,
      request: { method: 'GET' | 'POST'; headers: Record<string, string>; body?: string },
      signal?: AbortSignal,
    ): Promise<Answer> {
      const fetchedAt = new Date();
      const started = performance.now();
      return within(timeoutMs, signal, async (limited) => {
        const response = await fetch(url, {
          ...request,
          redirect: 'manual',
          dispatcher: agent,
          signal: limited,
        });
        const body = await readBounded(response, maxBytes);
        return {
          status: response.status,
          headers: response.headers as unknown as Headers,
          body,
          fetchedAt,
          elapsedMs: Math.round(performance.now() - started),
        };
      });
    },
    close: () => agent.close(),
  };
}

function assertOrigin(url: string, origin: string, anyAddress: boolean): void {
  const target = new URL(url);
  if (target.origin !== origin || target.username || target.password) {
    throw new TransportViolation(`A request to ${target.origin} is refused: the source is ${origin}.`);
  }
  const host = target.hostname.replace(/^\[|\]$/g, '');
  if (!anyAddress && isIP(host) && !isPublicAddress(host)) {
    throw new TransportViolation(`${host} is not a public address.`);
  }
}

/**
 * Runs `work` with a signal that fires at the deadline or with `signal`. Timer and listener end with the work: `signal`
 * lives as long as an activity and is used for thousands of requests.
 */
async function within<Result>(
  timeoutMs: number,
  signal: AbortSignal | undefined,
  work: (limited: AbortSignal) => Promise<Result>,
): Promise<Result> {
  signal?.throwIfAborted();
  const limited = new AbortController();
  const timer = setTimeout(
    () => limited.abort(new DOMException(`No whole answer in ${timeoutMs} ms.`, 'TimeoutError')),
    timeoutMs,
  );
  const abort = () => limited.abort(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });
  try {
    return await work(limited.signal);
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}

async function readBounded(response: Response, maxBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    const bytes = chunk as Uint8Array;
    size += bytes.byteLength;
    if (size > maxBytes)
      throw new AnswerTooLarge(`An answer of more than ${maxBytes / mebibyte} MiB is not a page.`);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks, size);
}

/**
 * Not private, loopback, link-local, multicast, mapped or translated: an address of the public internet. Of IPv6 only
 * 2000::/3 is given out; the old `::a.b.c.d` notation lies outside of it and names an IPv4 address.
 */
export function isPublicAddress(address: string): boolean {
  if (!isIP(address)) return false;
  const parsed = ipaddr.parse(address);
  if (parsed.range() !== 'unicast') return false;
  return parsed instanceof ipaddr.IPv4 || ((parsed.parts[0] ?? 0) & 0xe000) === 0x2000;
}

/**
 * Resolves a name and refuses it when any of its addresses is not public. The connection goes to the very address
 * that was checked, so a name that answers differently a moment later (DNS rebinding) gains nothing.
 */
const publicLookup: LookupFunction = (hostname, options, callback) => {
  lookup(hostname, { ...options, all: true }, (error, addresses) => {
    // A name that is not found comes without addresses.
    if (error) {
      callback(error, '');
      return;
    }
    const [first] = addresses;
    if (!first || addresses.some(({ address }) => !isPublicAddress(address))) {
      callback(new TransportViolation(`${hostname} resolves to an address that is not public.`), '');
    } else if (options.all) callback(null, addresses);
    else callback(null, first.address, first.family);
  });
};
