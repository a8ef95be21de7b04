import { readdirSync, readFileSync } from 'node:fs';
import type pg from 'pg';

const ticksPerSecond = 100;

/**
 * Seconds of CPU that a PostgreSQL server on this machine has used: the postmaster, its children, and those that have
 * ended. Null where /proc does not tell.
 */
export async function postgresCpuSeconds(client: pg.Client): Promise<number | null> {
  const { rows } = await client.query<{ pid: string }>(
    `SELECT split_part(pg_read_file('postmaster.pid'), E'\\n', 1) AS pid`,
  );
  const postmaster = Number(rows[0]?.pid);
  try {
    const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    const times = all.flatMap((pid) => timesOf(Number(pid)) ?? []);
    const own = times.filter(({ pid, parent }) => pid === postmaster || parent === postmaster);
    // Children that have ended count in their parent.
    const ticks = own.reduce(
      (sum, { used, ofChildren, pid }) => sum + used + (pid === postmaster ? ofChildren : 0),
      0,
    );
    return own.length > 0 ? ticks / ticksPerSecond : null;
  } catch {
    return null;
  }
}

function timesOf(pid: number) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .map(Number);
    const [, parent = 0, , , , , , , , , , utime = 0, stime = 0, cutime = 0, cstime = 0] = fields;
    return { pid, parent, used: utime + stime, ofChildren: cutime + cstime };
  } catch {
    return null; // it has just ended
  }
}
