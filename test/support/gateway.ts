import { closing, listenHttp, type Arrived, type HttpListener } from './sockets.ts';
import { startOkta } from './okta.ts';
import type { OktaSimulatorOptions } from '../../simulators/okta/server.ts';

/** What stands between the service and a simulated org: it may answer itself, and says which token goes on. */
export interface Gateway {
  /** Bytes to be answered in place of what the org says; they may be what no simulator would send. */
  body?: (request: Arrived) => Buffer | undefined;
  /** The token that is passed on for the one that came. */
  token?: (given: string, request: Arrived) => string | Promise<string>;
}

/** Runs `use` with the origin of a gateway before a simulated org. Its next links lead to the gateway as well. */
export function withGateway(
  options: OktaSimulatorOptions,
  gateway: Gateway,
  use: (origin: string) => Promise<void>,
): Promise<void> {
  return closing(startOkta(options), ({ url }) => closing(listen(url, gateway), ({ origin }) => use(origin)));
}

async function listen(simulated: string, { body, token }: Gateway): Promise<HttpListener> {
  const listener: HttpListener = await listenHttp((request, response) => {
    const given = (request.headers.authorization ?? '').replace(/^SSWS /, '');
    const passOn = async () => {
      const authorization = `SSWS ${token ? await token(given, request) : given}`;
      const answer = await fetch(simulated + request.url, { headers: { authorization } });
      const replaced = body?.(request);
      const { link, ...others } = Object.fromEntries(answer.headers);
      // What was decoded has another length and no encoding.
      const { 'content-encoding': _encoding, 'content-length': _length, ...headers } = others;
      const next = replaced ? undefined : link?.replaceAll(simulated, listener.origin);
      response.writeHead(answer.status, { ...headers, ...(next !== undefined && { link: next }) });
      response.end(replaced ?? Buffer.from(await answer.arrayBuffer()));
    };
    passOn().catch(() => response.destroy());
  });
  return listener;
}
