import type { Executor } from '../client.ts';

/** What a vendor's answer said of a budget, told with the next request for units. */
export interface Seen {
  /** Units in a window. */
  units: number;
  /** Units left in the window for everybody. */
  remaining: number;
  /** Milliseconds until the window ends, from now. */
  resetsInMs: number;
  /** Milliseconds since the answer came. */
  ageMs: number;
}

export interface UnitsWanted {
  /** The org. */
  host: string;
  bucket: string;
  /** Units needed at once; 0 only tells what was seen. */
  units: number;
  /** Units in a window until the vendor has announced them. */
  assumed: number;
  windowMs: number;
  /** The vendor announces its limit, and has not yet. */
  announced: boolean;
  /** Share of the vendor's limit to use. */
  share: number;
  seen: Seen | null;
}

export interface UnitsTaken {
  /** Units that may be used before the window ends: at least those wanted, or none. */
  taken: number;
  /** Milliseconds after which there may be units again; 0 when some were taken. */
  waitMs: number;
  /** Milliseconds until the units taken are void. */
  windowLeftMs: number;
  /** Whether the vendor's own number is known. */
  known: boolean;
}

/** A slice is a tenth of the allowance, so that one statement serves many requests and little is lost with a worker. */
const slicesAWindow = 10;

/**
 * Takes units of an org's budget: one statement, serialised by the row. A new window begins when the former has ended;
 * what the vendor said moves its end and, when others use the budget too, lowers what may be given out in it.
 */
export async function takeUnits(db: Executor, wanted: UnitsWanted): Promise<UnitsTaken> {
  const [row] = await take(db, wanted);
  if (row) return row;
  await db.$executeRaw`
    INSERT INTO "migration_source_budgets" ("host", "bucket", "allowance", "resets_at", "updated_at")
    VALUES (${wanted.host}, ${wanted.bucket}, 1, clock_timestamp(), clock_timestamp()) ON CONFLICT DO NOTHING`;
  const [made] = await take(db, wanted);
  if (!made) throw new Error(`The budget ${wanted.bucket} of ${wanted.host} vanished.`);
  return made;
}

const milliseconds = (from: string) => `interval '1 millisecond' * ${from}`;

/** $1 host, $2 bucket, $3 units, $4 assumed, $5 window, $6 share, $7 to $10 what was seen, $11 announced. */
const takeSql = `
  WITH held AS (
    SELECT *, clock_timestamp() AS at FROM "migration_source_budgets" WHERE "host" = $1 AND "bucket" = $2 FOR UPDATE
  ), told AS (
    -- An answer from before this window says nothing of it.
    SELECT *, coalesce($9::float8 > 0 AND at - ${milliseconds('$10::float8')} >= "resets_at" - ${milliseconds('$5::float8')}, false) AS fits,
           coalesce($7::int, "units") AS said
      FROM held
  ), placed AS (
    SELECT *, CASE WHEN fits THEN at + ${milliseconds('$9::float8')} ELSE "resets_at" END AS ends,
           greatest(1, floor(coalesce(said, $4::int) * $6::float8))::int AS allowed
      FROM told
  ), counted AS (
    SELECT *, CASE WHEN ends <= at THEN 0 ELSE "granted" END AS given,
           CASE WHEN ends <= at THEN at + ${milliseconds('$5::float8')} ELSE ends END AS closes,
           CASE WHEN ends <= at THEN NULL
                WHEN fits THEN "granted" + floor($8::int * $6::float8)::int
                ELSE "ceiling" END AS most
      FROM placed
  ), slice AS (
    SELECT *, least(allowed, coalesce(most, allowed)) - given AS free,
           -- Before the vendor's number is known, one request at a time finds it out.
           CASE WHEN $11::boolean AND said IS NULL THEN least($3::int, allowed)
                ELSE greatest(least($3::int, allowed), ceil(allowed / ${slicesAWindow}.0)::int) END AS slice
      FROM counted
  ), given_out AS (
    SELECT *, CASE WHEN $3::int = 0 OR coalesce("closed_until" > at, false) OR free < least($3::int, allowed) THEN 0
                   ELSE least(slice, free) END AS taken
      FROM slice
  )
  UPDATE "migration_source_budgets" b
     SET "units" = g.said, "allowance" = g.allowed, "granted" = g.given + g.taken, "ceiling" = g.most,
         "resets_at" = g.closes, "updated_at" = g.at
    FROM given_out g WHERE b."host" = g."host" AND b."bucket" = g."bucket"
  RETURNING g.taken AS "taken", (g.said IS NOT NULL OR NOT $11::boolean) AS "known",
    extract(epoch FROM g.closes - g.at)::float8 * 1000 AS "windowLeftMs",
    CASE WHEN g.taken > 0 THEN 0
         WHEN coalesce(g."closed_until" > g.at, false) THEN extract(epoch FROM g."closed_until" - g.at)::float8 * 1000
         ELSE extract(epoch FROM g.closes - g.at)::float8 * 1000 END AS "waitMs"`;

const take = (db: Executor, { seen, ...wanted }: UnitsWanted): Promise<UnitsTaken[]> =>
  db.$queryRawUnsafe<UnitsTaken[]>(
    takeSql,
    wanted.host,
    wanted.bucket,
    wanted.units,
    wanted.assumed,
    wanted.windowMs,
    wanted.share,
    seen?.units ?? null,
    seen?.remaining ?? null,
    seen?.resetsInMs ?? null,
    seen?.ageMs ?? null,
    wanted.announced,
  );

/** Nobody asks the org for what falls under this limit before so many milliseconds have passed. */
export async function closeBudget(db: Executor, host: string, bucket: string, forMs: number): Promise<void> {
  await db.$executeRaw`
    UPDATE "migration_source_budgets"
       SET "closed_until" = greatest("closed_until", clock_timestamp() + interval '1 millisecond' * ${forMs}::float8),
           "updated_at" = clock_timestamp()
     WHERE "host" = ${host} AND "bucket" = ${bucket}`;
}

export interface SlotsWanted {
  host: string;
  bucket: string;
  /** The worker that holds them. */
  holder: string;
  /** Requests that it has under way or would like to; 0 gives all slots back. */
  wanted: number;
  /** Requests under way at once in the whole org. */
  most: number;
  /** Milliseconds after which a worker that does not come again has lost its slots. */
  leaseMs: number;
}

/** $1 host, $2 bucket, $3 holder, $4 wanted, $5 most, $6 lease. */
const slotsSql = `
  WITH held AS (
    SELECT *, clock_timestamp() AS at FROM "migration_source_budgets" WHERE "host" = $1 AND "bucket" = $2 FOR UPDATE
  ), others AS (
    SELECT coalesce(jsonb_object_agg(l.key, l.value), '{}'::jsonb) AS live, count(*) AS holders,
           coalesce(sum((l.value->>'slots')::int), 0) AS slots, coalesce(sum((l.value->>'wanted')::int), 0) AS wants
      FROM held, jsonb_each(held."leases") l
     WHERE l.key <> $3 AND (l.value->>'until')::float8 > extract(epoch FROM held.at)
  ), ceiling AS (
    -- After a refusal the org is given half of what it was, until that is over.
    SELECT held.*, others.*, CASE WHEN held."resets_at" > held.at THEN least($5::int, coalesce("units", $5::int))
                                  ELSE $5::int END AS most
      FROM held, others
  ), given_out AS (
    -- Each worker may have an equal part, and what the others leave of theirs.
    SELECT *, greatest(0, least($4::int, most - slots, greatest(most / (holders + 1), most - wants)))::int AS mine
      FROM ceiling
  )
  UPDATE "migration_source_budgets" b
     SET "leases" = g.live || CASE WHEN $4::int = 0 THEN '{}'::jsonb ELSE jsonb_build_object($3::text,
           jsonb_build_object('slots', g.mine, 'wanted', $4::int,
                              'until', extract(epoch FROM g.at) + $6::float8 / 1000)) END,
         "allowance" = $5::int, "updated_at" = g.at
    FROM given_out g WHERE b."host" = g."host" AND b."bucket" = g."bucket"
  RETURNING g.mine AS "slots"`;

/** Leases slots for simultaneous requests to an org; returns how many the worker has now. */
export async function holdSlots(db: Executor, wanted: SlotsWanted): Promise<number> {
  const hold = () =>
    db.$queryRawUnsafe<{ slots: number }[]>(
      slotsSql,
      wanted.host,
      wanted.bucket,
      wanted.holder,
      wanted.wanted,
      wanted.most,
      wanted.leaseMs,
    );
  const [row] = await hold();
  if (row || wanted.wanted === 0) return row?.slots ?? 0;
  await db.$executeRaw`
    INSERT INTO "migration_source_budgets" ("host", "bucket", "allowance", "resets_at", "updated_at")
    VALUES (${wanted.host}, ${wanted.bucket}, ${wanted.most}, clock_timestamp(), clock_timestamp())
    ON CONFLICT DO NOTHING`;
  return (await hold())[0]?.slots ?? 0;
}

/** The org refused simultaneous requests: it gets half as many from all workers for so many milliseconds. */
export async function lowerSlots(
  db: Executor,
  host: string,
  bucket: string,
  most: number,
  forMs: number,
): Promise<void> {
  await db.$executeRaw`
    UPDATE "migration_source_budgets"
       SET "units" = greatest(1, (CASE WHEN "resets_at" > clock_timestamp() THEN least("units", ${most}::int)
                                       ELSE ${most}::int END) / 2),
           "resets_at" = clock_timestamp() + interval '1 millisecond' * ${forMs}::float8,
           "updated_at" = clock_timestamp()
     WHERE "host" = ${host} AND "bucket" = ${bucket}`;
}

/** What all workers together may use of an org's limits in a window, by limit; of those that were asked of before. */
export async function readAllowances(db: Executor, host: string): Promise<Map<string, number>> {
  const rows = await db.sourceBudget.findMany({
    where: { host },
    select: { bucket: true, allowance: true },
  });
  return new Map(rows.map((row) => [row.bucket, row.allowance]));
}
