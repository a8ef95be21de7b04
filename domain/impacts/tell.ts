import type { EvidencePointer } from '../inventory/item.ts';
import type { ImpactEvidence, Severity } from '../impacts.ts';
import type { Found, ImpactDefinition, ObjectSelection } from './definition.ts';

/** Most objects of a kind that an impact names; how many there are is told as a number. */
export const mostNamed = 100;

/** An object that was read beside the items. */
export interface ReadObject {
  externalId: string;
  data: unknown;
  evidence: EvidencePointer;
}

/** What the snapshot holds for a definition: counts of its items, and all objects of its kinds. */
export interface Support extends Pick<Found, 'items' | 'raising' | 'counts' | 'unread'> {
  objects: Readonly<Record<string, readonly ReadObject[]>>;
}

export interface ToldImpact {
  severity: Severity;
  summary: string;
  evidence: ImpactEvidence[];
}

/** What is said of a change; null when nothing supports it. */
export function tellImpact(definition: ImpactDefinition, support: Support): ToldImpact | null {
  const { items, raising, counts, unread } = support;
  const supporting = (definition.objects ?? []).map((selection) => ({
    selection,
    found: (support.objects[selection.kind] ?? []).filter((each) => selection.supports(membersOf(each))),
  }));
  const objects = Object.fromEntries(
    supporting.map(({ selection, found }) => [selection.kind, found.length]),
  );
  const anyObject = Object.values(objects).some((n) => n > 0);
  const numbers = Object.keys(definition.numbers ?? {}).some((name) => (counts[name] ?? 0) > 0);
  if (items === 0 && !anyObject && !numbers) return null;
  const { rises } = definition;
  const risen = rises && (raising > 0 || (rises.objects === true && anyObject));
  return {
    severity: risen ? rises.to : definition.severity,
    summary: definition.summary({ items, raising, counts, objects, unread }),
    evidence: [
      ...supporting.flatMap(({ selection, found }) =>
        found.slice(0, mostNamed).map((each) => named(selection, each)),
      ),
      ...Object.entries({ ...objects, ...counts }).flatMap(([name, value]) =>
        value > 0 ? [{ name, value }] : [],
      ),
    ],
  };
}

const membersOf = ({ data }: ReadObject): Readonly<Record<string, unknown>> =>
  typeof data === 'object' && data !== null ? (data as Record<string, unknown>) : {};

function named(selection: ObjectSelection, object: ReadObject): ImpactEvidence {
  const { name } = membersOf(object);
  const { externalId, evidence } = object;
  return {
    kind: selection.kind,
    external_id: externalId,
    name: typeof name === 'string' && name !== '' ? name : (selection.name ?? externalId),
    evidence,
  };
}
