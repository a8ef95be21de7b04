import { openDatabase } from '../../prisma/client.ts';

const batchSize = 1000;

/**
 * Seconds that writing an assessment's verdicts takes by itself: the same rows, batches and statement, into a table
 * with the same indexes, with nothing judged. What it reads them by is not counted.
 */
export async function writeAlone(databaseUrl: string, assessmentId: string): Promise<number> {
  const database = openDatabase({ url: databaseUrl, connections: 2 });
  try {
    await database.$executeRaw`CREATE TABLE "bench_verdicts" (LIKE "migration_item_assessments" INCLUDING ALL)`;
    let milliseconds = 0;
    for (let after = -1n; ;) {
      const rows = await database.$queryRaw<{ ordinal: bigint; row: unknown }[]>`
        SELECT "ordinal", to_json(a) AS "row" FROM "migration_item_assessments" a
         WHERE "assessment_id" = ${assessmentId}::uuid AND "ordinal" > ${after} ORDER BY "ordinal" LIMIT ${batchSize}`;
      if (rows.length === 0) return milliseconds / 1000;
      after = rows.at(-1)?.ordinal ?? after;
      const begun = performance.now();
      const text = JSON.stringify(rows.map(({ row }) => row));
      await database.$transaction(
        (tx) =>
          tx.$executeRaw`
          INSERT INTO "bench_verdicts"
          SELECT * FROM json_populate_recordset(NULL::"bench_verdicts", ${text}::json)
          ON CONFLICT ("assessment_id", "ordinal") DO NOTHING`,
      );
      milliseconds += performance.now() - begun;
    }
  } finally {
    await database.$disconnect();
  }
}
