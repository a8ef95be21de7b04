import { Client, DefaultRequestExecutor } from '@okta/okta-sdk-nodejs';
import type { Response as NodeFetchResponse } from 'node-fetch';
import type { OktaConfig } from '../../../domain/source.ts';
import { SourceFailure } from '../failure.ts';
import { endpointOf, failureOfRequest, requireJsonPage } from '../pages.ts';
import type { Page } from '../source.ts';
import { type Answer, type Transport, TransportViolation } from '../transport.ts';
import { failureOf } from './errors.ts';

/** A request on its way through the SDK; `answer` is set when the transport has one. */
interface OktaRequest {
  url: string;
  method: string;
  headers: Record<string, string>;
  signal: AbortSignal;
  answer?: Answer;
}

/**
 * Lets the SDK authenticate and our transport send: one origin, GET only, whole answers. The answer is kept beside
 * the request, because the SDK's objects lose members (okta-sdk-nodejs #399, #423) and its errors lose headers.
 */
class TransportExecutor extends DefaultRequestExecutor {
  readonly #transport: Transport;

  constructor(transport: Transport) {
    super({ maxRetries: 0, requestTimeout: 0 });
    this.#transport = transport;
  }

  override async fetch(request: object): Promise<NodeFetchResponse> {
    const sent = request as OktaRequest;
    sent.answer = await this.#transport.send(sent);
    const { status, headers, body } = sent.answer;
    const bodiless = status === 204 || status === 205 || status === 304;
    return new Response(bodiless ? null : body, { status, headers }) as unknown as NodeFetchResponse;
  }
}

export interface OktaClient {
  fetchPage(path: string, signal: AbortSignal): Promise<Page>;
}

/**
 * A client of one Okta org. The SDK merges `~/.okta/okta.yaml` and OKTA_CLIENT_* variables under the values given,
 * so every value is given and checked; its cache is off, because it hangs on a body above 64 KB (okta-sdk-nodejs #56).
 */
export function createOktaClient(config: OktaConfig, apiToken: string, transport: Transport): OktaClient {
  const client = new Client({
    orgUrl: config.org_url,
    token: apiToken,
    authorizationMode: 'SSWS',
    requestExecutor: new TransportExecutor(transport),
    cacheMiddleware: null,
  });
  if (
    client.baseUrl !== config.org_url ||
    client.apiToken !== apiToken ||
    client.authorizationMode !== 'SSWS'
  ) {
    throw new TransportViolation('The Okta client was configured by something other than the source.');
  }
  return {
    async fetchPage(path, signal) {
      const request = { headers: { Accept: 'application/json' }, signal } as unknown as OktaRequest;
      try {
        await client.http.http(`${config.org_url}${path}`, request, {
          isCollection: true,
          resources: [],
        });
      } catch (error) {
        throw request.answer
          ? failureOf(request.answer, endpointOf(path))
          : failureOfRequest(error, endpointOf(path), 'Okta');
      }
      if (!request.answer)
        throw new SourceFailure('unavailable', 'Okta gave no answer.', { endpoint: endpointOf(path) });
      return toPage(request.answer, path, config.org_url);
    },
  };
}

function toPage(answer: Answer, path: string, orgUrl: string): Page {
  const requestId = answer.headers.get('x-okta-request-id');
  requireJsonPage(answer, endpointOf(path), 'Okta', requestId);
  return {
    body: answer.body,
    httpStatus: answer.status,
    next: () => nextPath(answer.headers.get('link'), path, orgUrl),
    vendorRequestId: requestId,
    vendorDate: answer.headers.get('date'),
    fetchedAt: answer.fetchedAt,
    elapsedMs: answer.elapsedMs,
  };
}

/**
 * Path and query of the next page. Okta writes links on the org's host or on its `-admin` twin; either is read from
 * the configured host. A link anywhere else is refused, because the token would follow it.
 */
export function nextPath(link: string | null, path: string, orgUrl: string): string | null {
  const next = /<([^>]*)>\s*;[^,]*rel="?next"?/i.exec(link ?? '')?.[1];
  if (next === undefined) return null;
  const endpoint = endpointOf(path);
  if (!URL.canParse(next, orgUrl)) {
    throw new SourceFailure('unusable', 'Okta gave a next link that is no URL.', { endpoint });
  }
  const url = new URL(next, orgUrl);
  const org = new URL(orgUrl);
  const twin = org.hostname.replace(/^([^.]+)/, '$1-admin');
  const sameHost = url.host === org.host || (url.hostname === twin && url.port === org.port);
  if (!sameHost || url.protocol !== org.protocol || url.username || url.password) {
    throw new SourceFailure('unusable', `Okta gave a next link to another host (${url.host}).`, { endpoint });
  }
  if (url.pathname !== endpoint) {
    throw new SourceFailure('unusable', `Okta gave a next link to another endpoint (${url.pathname}).`, {
      endpoint,
    });
  }
  return `${url.pathname}${url.search}`;
}
