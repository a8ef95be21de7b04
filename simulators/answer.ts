import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';

const compress = promisify(gzip);

/** Bodies below this size travel as they are: compressing them costs more than it saves. */
const WORTH_COMPRESSING = 1024;

/** One request as a simulator logs it and hands it to the hook. Its credentials are never part of it. */
export interface SimulatedRequest {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly time: Date;
  /** How many times this method and path have been asked for so far, this time included. */
  readonly nth: number;
}

/** A header whose value is an array is sent as that many lines; `undefined` takes a header away. */
export type AnswerHeaders = Record<string, string | string[] | undefined>;

/** What a simulator is about to send. */
export interface Answer {
  status: number;
  headers: AnswerHeaders;
  body: string;
}

/**
 * What is done to a page of a list, endpoints that do not page aside. `empty`: it comes without its objects, which
 * follow on the next. `repeat`: its objects come again on the next. `loop`: its next link leads to itself.
 * `foreign`: its next link leads to this origin.
 */
export type PageFault = 'empty' | 'repeat' | 'loop' | { foreign: string };

/**
 * What a test wants sent instead. Members left out stay as the ordinary answer has them, so that
 * `{ headers: { link: … } }` redirects a next link and `{ truncateAt: 100 }` cuts the real page.
 */
export interface InjectedAnswer {
  status?: number;
  headers?: AnswerHeaders;
  /** Sent as JSON. */
  body?: unknown;
  /** Sent as it stands: HTML, broken JSON, nothing. */
  rawBody?: string;
  /** The length of the whole body is announced, this many bytes or half of it are sent, then the connection is cut. */
  truncateAt?: number | 'half';
  page?: PageFault;
  /** Nothing is ever sent; the connection stays open until the simulator is closed. */
  hang?: true;
  /** The connection is cut without a word. */
  disconnect?: true;
}

/**
 * Asked before each request is answered; `undefined` lets the ordinary answer pass. A promise delays the
 * answer. The data set may be changed in here: what is served is read afterwards.
 */
export type Intercept = (
  request: SimulatedRequest,
) => InjectedAnswer | undefined | Promise<InjectedAnswer | undefined>;

/** Lays an injected answer over the ordinary one. */
export function overlay(answer: Answer, injected: InjectedAnswer): Answer {
  return {
    status: injected.status ?? answer.status,
    headers: { ...answer.headers, ...injected.headers },
    body: injected.rawBody ?? (injected.body === undefined ? answer.body : JSON.stringify(injected.body)),
  };
}

/** Writes the answer, gzipped when the client takes that, or breaks the connection the way the fault says. */
export async function send(
  incoming: IncomingMessage,
  response: ServerResponse,
  answer: Answer,
  fault: Pick<InjectedAnswer, 'truncateAt' | 'hang' | 'disconnect'> = {},
): Promise<void> {
  if (fault.hang) return;
  if (fault.disconnect) {
    incoming.socket.destroy();
    return;
  }
  writeHead(response, answer);
  let body: Buffer = Buffer.from(answer.body);
  if (fault.truncateAt !== undefined) {
    const length = fault.truncateAt === 'half' ? body.length >> 1 : fault.truncateAt;
    response.setHeader('content-length', body.length);
    // One byte short at least: what is cut must not be whole.
    response.write(body.subarray(0, Math.min(length, body.length - 1)), () => incoming.socket.destroy());
    return;
  }
  if (body.length >= WORTH_COMPRESSING && /\bgzip\b/.test(incoming.headers['accept-encoding'] ?? '')) {
    body = await compress(body, { level: constants.Z_BEST_SPEED });
    response.setHeader('content-encoding', 'gzip');
    response.setHeader('vary', 'accept-encoding');
  }
  response.setHeader('content-length', body.length);
  response.end(body);
}

function writeHead(response: ServerResponse, answer: Answer): void {
  // Date is among the answer's own headers, so that a test can take it away or turn the clock.
  response.sendDate = false;
  response.statusCode = answer.status;
  for (const [name, value] of Object.entries(answer.headers)) {
    if (value !== undefined) response.setHeader(name, value);
  }
}
