// Serves a generated Okta org: node --import tsx bench/collect/orgProcess.ts <size as JSON> <latency in ms>
import { generateOktaTenant } from '../../simulators/okta/generate.ts';
import { createOktaSimulator } from '../../simulators/okta/server.ts';
import type { TenantSize } from '../../simulators/tenant.ts';

const [, , size = '', latency = ''] = process.argv;
const data = generateOktaTenant(JSON.parse(size) as TenantSize);
// The vendor's limits are not what is measured here: with them every reader is as slow as they allow.
const simulator = createOktaSimulator({
  data,
  latency: Number(latency),
  rateLimit: 10_000_000,
  oddPages: false,
});
const { url } = await simulator.listen();
console.log(url);
process.once('SIGTERM', () => process.exit(0));
