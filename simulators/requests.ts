import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  overlay,
  send,
  type Answer,
  type InjectedAnswer,
  type Intercept,
  type PageFault,
  type SimulatedRequest,
} from './answer.ts';

/** What a vendor's simulator adds to the handling of a request. */
export interface HandlerSettings {
  scheme: 'http' | 'https';
  /** Milliseconds before each answer. */
  latency: number;
  now: () => number;
  intercept: () => Intercept | undefined;
  answer: (incoming: IncomingMessage, url: URL, page: PageFault | undefined) => Answer | Promise<Answer>;
}

/** The requests so far and the function that takes the next one. */
export interface Handler {
  readonly requests: readonly SimulatedRequest[];
  readonly handle: (incoming: IncomingMessage, response: ServerResponse) => Promise<void>;
}

/** Logs a request, waits, asks the hook, answers as the vendor would and lays the hook's answer over that. */
export function createHandler({ scheme, latency, now, intercept, answer }: HandlerSettings): Handler {
  const { requests, log } = createLog(now);
  async function handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    // Links repeat the host the client asked for, so that 127.0.0.1 and localhost both see their own.
    const url = new URL(`${scheme}://${incoming.headers.host ?? 'localhost'}${incoming.url ?? '/'}`);
    const request = log(incoming.method ?? 'GET', url);
    if (latency > 0) await sleep(latency, undefined, { ref: false });
    const injected: InjectedAnswer | undefined = await intercept()?.(request);
    const ordinary = await answer(incoming, url, injected?.page);
    await send(incoming, response, injected ? overlay(ordinary, injected) : ordinary, injected);
  }
  return { requests, handle };
}

/** Numbers and keeps requests. Of headers and bodies it keeps none: credentials are among them. */
function createLog(now: () => number) {
  const requests: SimulatedRequest[] = [];
  const asked = new Map<string, number>();
  const log = (method: string, { pathname: path, searchParams }: URL): SimulatedRequest => {
    const nth = (asked.get(`${method} ${path}`) ?? 0) + 1;
    asked.set(`${method} ${path}`, nth);
    const request = { method, path, query: Object.fromEntries(searchParams), time: new Date(now()), nth };
    requests.push(request);
    return request;
  };
  return { requests, log };
}
