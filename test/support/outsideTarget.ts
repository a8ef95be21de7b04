import { randomUUID } from 'node:crypto';
import {
  TargetRefusal,
  type DomainStanding,
  type Intent,
  type OutsideTarget,
} from '../../activities/runtime/target.ts';
import { canonicalJson } from '../../domain/canonical.ts';
import { naturalKeys, type LiveResource } from '../../domain/target.ts';
import { sha256Hex } from '../../platform/digest.ts';

/** How the target treats one call that asks it to make something. */
export type Behaviour =
  | 'well'
  /** Makes it, and the answer is lost. */
  | 'lost'
  /** Lets the caller wait in vain, and makes it when somebody asks again. */
  | 'late'
  /** The network delivers the call twice; the second one is what is answered. */
  | 'twice'
  /** Says that it was made, and it was not. */
  | 'lying'
  /** Makes nothing, and the answer is lost. */
  | 'broken'
  | 'quota'
  | 'denied';

/** How it answers a duplicate: as one should, or as some do. */
export type DuplicateAnswer = 'conflict' | 'bad request' | 'server error';

export interface OutsideOptions {
  /** How the first calls are treated, one after the other; later ones well. */
  calls?: Behaviour[];
  duplicate?: DuplicateAnswer;
  /** It can carry which call made a resource; otherwise it only keeps the id that was chosen. */
  marks?: boolean;
}

interface Held {
  live: LiveResource;
  intent: Intent | null;
  secret: string | null;
}

/** A target that is another system: no transaction with ours, and nothing that a caller may rely on but reading. */
export interface OutsideDouble extends OutsideTarget {
  /** Everything it holds, with the client secret of an application. */
  held: Map<string, Held>;
  /** Calls that asked it to make something. */
  asked: number;
  /** The tenants that its domains are verified for; null while it verifies none. */
  domains: Map<string, string> | null;
  /** What was asked about domains, question by question. */
  askedDomains: (readonly string[])[];
  /** Somebody else makes this there. */
  addForeign(resource: Parameters<typeof naturalKeys>[0]): string;
}

export function outsideTarget(options: OutsideOptions = {}): OutsideDouble {
  const { calls = [], duplicate = 'conflict', marks = true } = options;
  const held = new Map<string, Held>();
  const late: (() => void)[] = [];
  const byKey = (keys: readonly string[]) =>
    [...held.values()].filter(({ live }) => naturalKeys(live).some((key) => keys.includes(key)));
  const put = (
    resource: Parameters<typeof naturalKeys>[0],
    id: string,
    intent: Intent | null,
    secret: string | null,
  ) => {
    const name = 'name' in resource.payload ? resource.payload.name : id;
    const fingerprint = sha256Hex(canonicalJson(resource.payload));
    held.set(id, { live: { ...resource, resourceId: id, name, fingerprint, group: null }, intent, secret });
  };
  const refuseDuplicate = (): never => {
    if (duplicate === 'conflict') throw new TargetRefusal('collision', 'It is there already.');
    throw new Error(duplicate === 'bad request' ? '400 Bad Request' : '500 Internal Server Error');
  };
  const double: OutsideDouble = {
    transactional: false,
    held,
    asked: 0,
    domains: null,
    askedDomains: [],
    addForeign(resource) {
      const id = randomUUID();
      put(resource, id, null, null);
      return id;
    },
    findByKeys: (_db, _tenant, keys) => {
      const found = new Map<string, LiveResource[]>();
      for (const { live } of byKey(keys)) {
        for (const key of naturalKeys(live)) {
          if (keys.includes(key)) found.set(key, [...(found.get(key) ?? []), live]);
        }
      }
      return Promise.resolve(found);
    },
    findSimilar: () => Promise.resolve([]),
    list: () => Promise.resolve([...held.values()].map(({ live }) => live)),
    read: (_db, _tenant, _contract, ids) => Promise.resolve(ids.flatMap((id) => held.get(id)?.live ?? [])),
    domainStandings: (_db, tenant, domains) => {
      double.askedDomains.push(domains);
      if (!double.domains) return Promise.resolve(null);
      const standings = new Map<string, DomainStanding>();
      for (const domain of domains) {
        const owner = double.domains.get(domain);
        if (owner !== undefined) standings.set(domain, owner === tenant ? 'verified' : 'taken');
      }
      return Promise.resolve(standings);
    },
    serviceProvider: () => Promise.resolve(null),
    replaceSecret: (_db, _tenant, id, { secret }) => {
      const at = held.get(id);
      if (!at) return Promise.reject(new TargetRefusal('gone', 'There is no such application.'));
      held.set(id, { ...at, secret });
      return Promise.resolve();
    },
    async create(_tenant, { migratedBy: _by, secret, at: _at, ...resource }, intent) {
      await Promise.resolve();
      double.asked += 1;
      // A call that was late arrives before the one after it.
      late.splice(0).forEach((arrive) => arrive());
      const make = () => {
        if (held.has(intent.resourceId) || byKey(naturalKeys(resource)).length > 0) refuseDuplicate();
        put(resource, intent.resourceId, intent, secret?.secret ?? null);
      };
      const behaviour = calls.shift() ?? 'well';
      switch (behaviour) {
        case 'quota':
          throw new TargetRefusal('quota', 'The target takes no more groups.');
        case 'denied':
          throw new TargetRefusal('denied', 'Our account may not make this.');
        case 'lying':
          return;
        case 'broken':
          throw new Error('socket hang up');
        case 'late':
          late.push(() => {
            make();
          });
          throw new Error('The operation timed out.');
        case 'lost':
          make();
          throw new Error('socket hang up');
        case 'twice':
          make();
          make();
          return;
        case 'well':
          make();
      }
    },
    findMade: (_tenant, contract, { resourceId, stepId }) => {
      const found = [...held.values()].find(({ live, intent }) =>
        marks ? intent?.stepId === stepId : live.resourceId === resourceId,
      );
      if (found?.live.contract !== contract) return Promise.resolve(null);
      const { live, intent } = found;
      const callId = marks ? (intent?.callId ?? null) : null;
      return Promise.resolve({ resourceId: live.resourceId, fingerprint: live.fingerprint, callId });
    },
  };
  return double;
}
