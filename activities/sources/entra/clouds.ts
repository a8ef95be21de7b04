import type { EntraCloud } from '../../../domain/source.ts';

export interface CloudHosts {
  /** Origin that issues tokens; the client's credential goes there alone. */
  login: string;
  /** Origin of Microsoft Graph; tokens go there alone. */
  graph: string;
  /** What tokens are asked for: the cloud's Graph by its public name, wherever it is reached. */
  resource: string;
}

/** https://learn.microsoft.com/graph/deployments: the national clouds and their endpoints. */
const clouds: Readonly<Record<EntraCloud, Omit<CloudHosts, 'resource'>>> = {
  global: { login: 'https://login.microsoftonline.com', graph: 'https://graph.microsoft.com' },
  us_gov: { login: 'https://login.microsoftonline.us', graph: 'https://graph.microsoft.us' },
  us_gov_dod: { login: 'https://login.microsoftonline.us', graph: 'https://dod-graph.microsoft.us' },
  china: {
    login: 'https://login.partner.microsoftonline.cn',
    graph: 'https://microsoftgraph.chinacloudapi.cn',
  },
};

/** Origins that stand in for those of the global cloud (`ENTRA_LOGIN_URL`, `ENTRA_GRAPH_URL`); a simulator's use. */
export interface GlobalCloud {
  login: string | undefined;
  graph: string | undefined;
}

export function cloudHosts(cloud: EntraCloud, global: GlobalCloud): CloudHosts {
  const { login, graph } = clouds[cloud];
  const own = cloud === 'global' ? global : { login: undefined, graph: undefined };
  return { login: own.login ?? login, graph: own.graph ?? graph, resource: graph };
}
