import { ENDPOINTS, type Endpoint, type EndpointName } from './endpoints.ts';

/** An endpoint and the ids that a path holds for it. */
export interface Route {
  name: EndpointName;
  endpoint: Endpoint;
  ids: readonly string[];
}

const PATTERNS = (Object.keys(ENDPOINTS) as EndpointName[]).map((name) => ({
  name,
  endpoint: ENDPOINTS[name],
  pattern: new RegExp(
    `^/v1\\.0${ENDPOINTS[name].path.replaceAll('.', '\\.').replace(/:\w+/g, '([^/]+)')}/?$`,
  ),
}));

/** The endpoint a path belongs to, if the simulator has one. */
export function routeOf(path: string): Route | undefined {
  const short = path.replace('/microsoft.graph.', '/graph.');
  for (const { name, endpoint, pattern } of PATTERNS) {
    const match = pattern.exec(short);
    if (match !== null) return { name, endpoint, ids: match.slice(1).map(decode) };
  }
  return undefined;
}

/** A segment of a path as it was meant; one that cannot be decoded stands for itself. */
export function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}
