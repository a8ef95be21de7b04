// PostgreSQL refuses to run as root. Where root starts it (a container, mostly), it runs as the user `postgres`.
import { execFile } from 'node:child_process';
import { chown, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { promisify } from 'node:util';
import { messageOf, Refusal } from './refusal.ts';

const run = promisify(execFile);
const NAME = 'postgres';

export interface PostgresUser {
  uid: number;
  gid: number;
}

/**
 * The user that the database must run as, made if need be.
 *
 * @returns undefined when this process is not root and the database can run as whoever runs it
 * @throws {Refusal} when there is no such user and none can be made
 */
export async function postgresUser(log: (line: string) => void): Promise<PostgresUser | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const known = await lookUp();
  if (known !== undefined) return known;
  log(`Making the system user ${NAME}, because PostgreSQL refuses to run as root …`);
  let reason = '';
  try {
    await run('useradd', ['--system', '--user-group', '--no-create-home', NAME]);
  } catch (error) {
    reason = messageOf(error); // which may be that a neighbour was faster
  }
  const made = await lookUp();
  if (made !== undefined) return made;
  throw new Refusal(
    `PostgreSQL refuses to run as root and the user ${NAME} could not be made (${reason}): run this as another ` +
      'user, or set DATABASE_URL to a PostgreSQL of your own.',
  );
}

async function lookUp(): Promise<PostgresUser | undefined> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', NAME]), run('id', ['-g', NAME])]);
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
  } catch {
    return undefined;
  }
}

/** Makes the database's user the owner of a path. */
export async function giveTo(user: PostgresUser | undefined, path: string): Promise<void> {
  if (user !== undefined) await chown(path, user.uid, user.gid);
}

/** How to run one of PostgreSQL's programs. */
export interface RunAs {
  /** Goes before the program and its arguments. */
  prefix: string[];
  user: PostgresUser | undefined;
  /** For the message of a failure: what of this way may have been the cause; empty mostly. */
  hint: string;
}

/**
 * How PostgreSQL's programs run as their user.
 *
 * A checkout that lies in a folder of root's alone (`/root` has mode 0700) cannot be entered by that user, neither for
 * the programs nor for the data. There the programs keep one right of root's, to pass through such folders.
 *
 * @param paths what the programs have to reach
 */
export async function runAs(user: PostgresUser | undefined, paths: string[]): Promise<RunAs> {
  if (user === undefined) return { prefix: [], user, hint: '' };
  const closed = (await Promise.all(paths.map((path) => closedFolder(user, dirname(path))))).find(Boolean);
  if (closed === undefined) return { prefix: [], user, hint: '' };
  const prefix = ['setpriv', `--reuid=${user.uid}`, `--regid=${user.gid}`, '--clear-groups'];
  prefix.push('--inh-caps=+dac_override', '--ambient-caps=+dac_override');
  // PostgreSQL looks for its programs with access(), which otherwise ignores such rights of any user but root.
  prefix.push('--securebits=+no_setuid_fixup', '--');
  const hint =
    `\nPostgreSQL runs as the user ${NAME}, who cannot enter ${closed}: move this checkout, open that folder ` +
    `(chmod o+x ${closed}), or set DATABASE_URL to a PostgreSQL of your own.`;
  return { prefix, user: undefined, hint };
}

/** The nearest folder on the way to a path that a user may not pass through. */
async function closedFolder(user: PostgresUser, folder: string): Promise<string | undefined> {
  const { mode, uid, gid } = await stat(folder);
  const bit = uid === user.uid ? 0o100 : gid === user.gid ? 0o010 : 0o001;
  if ((mode & bit) === 0) return folder;
  return dirname(folder) === folder ? undefined : closedFolder(user, dirname(folder));
}
