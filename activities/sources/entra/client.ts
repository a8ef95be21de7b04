import { Client, ResponseType, type Context, type Middleware } from '@microsoft/microsoft-graph-client';
import { SourceFailure } from '../failure.ts';
import { endpointOf, failureOfRequest, requireJsonPage } from '../pages.ts';
import type { Page } from '../source.ts';
import { TransportViolation, type Answer, type Transport } from '../transport.ts';
import { failureOf } from './errors.ts';
import type { TokenSource } from './token.ts';

export interface GraphClient {
  fetchPage(path: string, signal: AbortSignal): Promise<Page>;
}

/**
 * A request on its way through the Graph client; `answer` is set when the transport has one, `error` when it failed:
 * the client's own errors lose their cause.
 */
interface GraphRequest {
  url: string;
  signal: AbortSignal;
  answer?: Answer;
  error?: unknown;
}

/**
 * Sends each request through our transport, to the very URL that was asked for: the Graph client takes next links
 * apart and puts them together again, and adds no token for hosts that it does not know. It is the whole chain of
 * middleware, so that nothing is retried behind our back either.
 */
class TransportMiddleware implements Middleware {
  readonly #transport: Transport;
  readonly #token: TokenSource;
  readonly #requests: WeakMap<AbortSignal, GraphRequest>;

  constructor(transport: Transport, token: TokenSource, requests: WeakMap<AbortSignal, GraphRequest>) {
    this.#transport = transport;
    this.#token = token;
    this.#requests = requests;
  }

  async execute(context: Context): Promise<void> {
    const own = context.options?.signal;
    const request = own && this.#requests.get(own);
    if (!request) throw new TransportViolation('A request to Microsoft Graph was made past the reader.');
    try {
      request.answer = await this.#answerTo(request, context.options?.method ?? 'GET');
    } catch (error) {
      request.error = error;
      throw error;
    }
    context.response = new Response(null, { status: 200 });
  }

  async #answerTo(request: GraphRequest, method: string): Promise<Answer> {
    const answer = await this.#send(request, method, await this.#token());
    // A token may have ended, or lost its validity, before it was due.
    return answer.status === 401 ? this.#send(request, method, await this.#token('fresh')) : answer;
  }

  #send({ url, signal }: GraphRequest, method: string, token: string): Promise<Answer> {
    const headers = { Accept: 'application/json', Authorization: `Bearer ${token}` };
    return this.#transport.send({ url, method, headers, signal });
  }
}

/** A read-only client of one directory in Microsoft Graph v1.0; `graph` is the origin. */
export function createGraphClient(graph: string, token: TokenSource, transport: Transport): GraphClient {
  const requests = new WeakMap<AbortSignal, GraphRequest>();
  const middleware = new TransportMiddleware(transport, token, requests);
  const client = Client.initWithMiddleware({ baseUrl: graph, middleware });
  return {
    async fetchPage(path, signal) {
      const endpoint = endpointOf(path);
      const request: GraphRequest = { url: `${graph}${path}`, signal };
      const own = new AbortController().signal;
      requests.set(own, request);
      try {
        await client.api(endpoint).options({ signal: own }).responseType(ResponseType.RAW).get();
      } catch (error) {
        throw failureOfRequest(request.error ?? error, endpoint, 'Microsoft Graph');
      }
      return toPage(request.answer, path, graph);
    },
  };
}

function toPage(answer: Answer | undefined, path: string, graph: string): Page {
  const endpoint = endpointOf(path);
  if (!answer) throw new SourceFailure('unavailable', 'Microsoft Graph gave no answer.', { endpoint });
  if (answer.status !== 200) throw failureOf(answer, endpoint);
  const requestId = answer.headers.get('request-id');
  requireJsonPage(answer, endpoint, 'Microsoft Graph', requestId);
  return {
    body: answer.body,
    httpStatus: answer.status,
    next: (value) => nextPath(value, endpoint, graph),
    vendorRequestId: requestId,
    vendorDate: answer.headers.get('date'),
    fetchedAt: answer.fetchedAt,
    elapsedMs: answer.elapsedMs,
  };
}

/**
 * Path and query of the next page, exactly as Graph wrote them: its skip tokens are opaque. A link to anywhere but the
 * same Graph and version is refused, because the token would follow it.
 */
export function nextPath(value: unknown, endpoint: string, graph: string): string | null {
  const link = (value as Record<string, unknown> | null)?.['@odata.nextLink'];
  if (link === undefined || link === null) return null;
  if (typeof link !== 'string' || !URL.canParse(link)) {
    throw new SourceFailure('unusable', 'Microsoft Graph gave a next link that is no URL.', { endpoint });
  }
  const url = new URL(link);
  if (url.origin !== graph || url.username || url.password) {
    const said = `Microsoft Graph gave a next link to another host (${url.host}).`;
    throw new SourceFailure('unusable', said, { endpoint });
  }
  const path = link.replace(/^[a-z]+:\/\/[^/?#]*/i, '').replace(/#.*$/s, '');
  if (!url.pathname.startsWith('/v1.0/') || !path.startsWith('/')) {
    const said = `Microsoft Graph gave a next link to another endpoint (${url.pathname}).`;
    throw new SourceFailure('unusable', said, { endpoint });
  }
  return path;
}
