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
  pattern: new RegExp(`^${ENDPOINTS[name].path.replace(/:\w+/g, '([^/]+)')}/?$`),
}));

/** The endpoint a path belongs to, if the simulator has one. */
export function routeOf(path: string): Route | undefined {
  for (const { name, endpoint, pattern } of PATTERNS) {
    const match = pattern.exec(path);
    if (match !== null) return { name, endpoint, ids: match.slice(1) };
  }
  return undefined;
}
