import { join } from 'node:path';
import { startChild } from '../../scripts/child.ts';
import { projectRoot } from '../../scripts/paths.ts';
import { Refusal } from '../../scripts/refusal.ts';
import type { TenantSize } from '../../simulators/tenant.ts';

/** A hundred thousand objects: 10,000 applications, 20,000 groups, 70,000 assignments. */
export const wholeOrg: TenantSize = {
  applications: 10_000,
  groups: 20_000,
  groupAssignments: 45_000,
  userAssignments: 25_000,
  seed: 1,
};

/** The same mix, smaller. */
export const shareOf = (size: TenantSize, share: number): TenantSize => ({
  seed: size.seed,
  applications: Math.round(size.applications * share),
  groups: Math.round(size.groups * share),
  groupAssignments: Math.round(size.groupAssignments * share),
  userAssignments: Math.round(size.userAssignments * share),
});

export const objectsOf = (size: TenantSize): number =>
  size.applications + size.groups + size.groupAssignments + size.userAssignments;

export interface Org {
  url: string;
  close(): Promise<void>;
}

/** Serves a generated org from a process of its own, as the real one is, with this latency before each answer. */
export async function startOrg(size: TenantSize, latencyMs: number): Promise<Org> {
  let found: (url: string) => void = () => undefined;
  const ready = new Promise<string>((resolve) => (found = resolve));
  const program = join(projectRoot, 'bench', 'collect', 'orgProcess.ts');
  const args = ['--import', 'tsx', program, JSON.stringify(size), String(latencyMs)];
  const child = await startChild('org', process.execPath, args, {
    cwd: projectRoot,
    onLine: (line) => {
      if (line.startsWith('http')) found(line);
      else console.error(line);
    },
  });
  const url = await Promise.race([ready, child.exited.then(() => undefined)]);
  if (url === undefined) throw new Refusal('The simulated org did not start.');
  return { url, close: () => child.end(2_000).then(() => undefined) };
}
