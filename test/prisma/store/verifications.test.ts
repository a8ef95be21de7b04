import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import type { CheckedCollection } from '../../../domain/verification.ts';
import { findRun } from '../../../prisma/store/runs.ts';
import { archiveSource, findSource, replaceSecret } from '../../../prisma/store/sources.ts';
import {
  beginVerification,
  completeVerification,
  CredentialReplaced,
  failVerification,
  recordProgress,
  resumeVerification,
} from '../../../prisma/store/verifications.ts';
import { useDatabase } from '../../support/database.ts';
import { claim, commandOf, failureNow, makePlace, outcomes, refusal, type Place } from './support.ts';

const groups: CheckedCollection = {
  collection: 'groups',
  required: true,
  readable: true,
  http_status: 200,
  vendor_code: null,
  meaning: null,
  missing: null,
  remedy: null,
};
const nothing = { warnings: [], estimate: null };

describe('verifications', () => {
  const opened = useDatabase();
  const db = () => opened().database;

  const begin = ({ tenant, workspace, source }: Place) =>
    beginVerification(db(), tenant, { workspaceId: workspace.id, sourceId: source.id }, commandOf());

  /** A check that has begun and been claimed. */
  async function checking() {
    const place = await makePlace(db());
    const run = await begin(place);
    const temporalRunId = await claim(place, run);
    const { tenant, source } = place;
    return {
      place,
      run,
      resume: (by = temporalRunId) => resumeVerification(db(), tenant, source.id, by),
      record: (version: number, by = temporalRunId) =>
        recordProgress(db(), tenant, source.id, by, version, { collections: [groups] }),
      complete: (version: number, by = temporalRunId) =>
        completeVerification(db(), tenant, source.id, by, version, nothing, new Date()),
      fail: (runId = run.id) => failVerification(db(), tenant, source.id, runId, failureNow()),
      read: async () => (await findSource(db(), tenant, place.workspace.id, source.id))?.verification,
    };
  }

  const rotate = ({ tenant, workspace, source }: Place) =>
    replaceSecret(db(), tenant, workspace.id, source.id, 'another', commandOf());

  it('are one run of a source, however many are asked for at the same time', async () => {
    const place = await makePlace(db());
    const runs = await Promise.all(Array.from({ length: 5 }, () => begin(place)));
    assert.equal(new Set(runs.map(({ id }) => id)).size, 1);
  });

  it('keep what was found, and end with their run', async () => {
    const { place, run, resume, record, complete, read } = await checking();
    const { source_version: version } = await resume();
    await record(version);
    assert.deepEqual((await resume()).collections, [groups]);
    await complete(version);
    const ended = await read();
    assert.deepEqual([ended?.status, ended?.collections, ended?.asked], ['completed', [groups], {}]);
    assert.ok((await findRun(db(), place.tenant, run.id))?.endedAt);
    assert.notEqual((await begin(place)).id, run.id, 'another may begin');
  });

  it('are written by the run that holds them alone, and not after their end', async () => {
    const { resume, record, complete, fail, read } = await checking();
    const { source_version: version } = await resume();
    for (const write of [
      resume,
      (by: string) => record(version, by),
      (by: string) => complete(version, by),
    ]) {
      assert.equal(await refusal(write(randomUUID())), 'collection_superseded');
    }
    assert.equal(await fail(), true);
    for (const write of [() => resume(), () => record(version), () => complete(version)]) {
      assert.equal(await refusal(write()), 'collection_superseded');
    }
    assert.equal((await read())?.status, 'failed');
  });

  it('fail once, and only as the run that they are of', async () => {
    const { fail, resume, complete, read } = await checking();
    assert.equal(await fail(randomUUID()), false);
    assert.equal((await read())?.status, 'running');
    await complete((await resume()).source_version);
    assert.equal(await fail(), false, 'what has completed stays');
    assert.equal((await read())?.status, 'completed');
  });

  it('forget what they found of a credential that was replaced, and take no more of it', async () => {
    const { place, resume, record, complete, read } = await checking();
    const { source_version: former } = await resume();
    await record(former);
    await rotate(place);
    await assert.rejects(record(former), CredentialReplaced);
    await assert.rejects(complete(former), CredentialReplaced);
    const anew = await resume();
    assert.deepEqual([anew.collections, anew.source_version > former], [[], true]);
    await complete(anew.source_version);
    assert.equal((await read())?.status, 'completed');
    await rotate(place);
    assert.equal(await read(), null, 'an ended one is of the former credential');
  });

  it('and an archive at the same time exclude each other', async () => {
    for (let round = 0; round < 5; round += 1) {
      const place = await makePlace(db());
      const { tenant, workspace, source } = place;
      const archive = archiveSource(db(), tenant, workspace.id, source.id, commandOf());
      const ended = (await outcomes([begin(place), archive])).join(' and ');
      assert.ok(['done and run_in_progress', 'done and source_archived'].includes(ended), ended);
    }
  });
});
