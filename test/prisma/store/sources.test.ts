import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { createSnapshot } from '../../../prisma/store/snapshots.ts';
import {
  archiveSource,
  createSource,
  findSource,
  replaceSecret,
  sealedSecretOf,
} from '../../../prisma/store/sources.ts';
import { useDatabase } from '../../support/database.ts';
import { commandOf, makePlace, newSource, outcomes, refusal } from './support.ts';

describe('sources', () => {
  const opened = useDatabase();
  const db = () => opened().database;

  it('a name belongs to one source of a workspace, whatever its case, when two ask for it at the same time', async () => {
    const { tenant, workspace } = await makePlace(db());
    const names = ['Ökta Öst', 'ökta öst', 'ÖKTA ÖST', 'Ökta Öst'];
    const asked = names.map((name) => createSource(db(), tenant, workspace.id, newSource(name), commandOf()));
    assert.deepEqual(await outcomes(asked), [
      'done',
      'source_name_taken',
      'source_name_taken',
      'source_name_taken',
    ]);
  });

  it('a name stays taken when its source is archived, and is free in another workspace', async () => {
    const place = await makePlace(db());
    const { tenant, workspace, source } = place;
    await archiveSource(db(), tenant, workspace.id, source.id, commandOf());
    assert.equal(
      await refusal(createSource(db(), tenant, workspace.id, newSource('okta'), commandOf())),
      'source_name_taken',
    );
    const other = await makePlace(db());
    assert.equal(other.source.name, source.name);
  });

  it('an archived source has no credential any more and gets no other', async () => {
    const { tenant, workspace, source } = await makePlace(db());
    assert.equal((await sealedSecretOf(db(), tenant, source.id))?.sealed, 'sealed');
    await replaceSecret(db(), tenant, workspace.id, source.id, 'resealed', commandOf());
    assert.equal((await sealedSecretOf(db(), tenant, source.id))?.sealed, 'resealed');
    await archiveSource(db(), tenant, workspace.id, source.id, commandOf());
    assert.equal(await sealedSecretOf(db(), tenant, source.id), null);
    const row = await db().source.findUniqueOrThrow({ where: { id: source.id } });
    assert.equal(row.sealedSecret, null);
    assert.equal(
      await refusal(replaceSecret(db(), tenant, workspace.id, source.id, 'x', commandOf())),
      'source_archived',
    );
    assert.equal(
      await refusal(archiveSource(db(), tenant, workspace.id, source.id, commandOf())),
      'source_archived',
    );
  });

  it('a source is never read back with its credential', async () => {
    const { tenant, workspace, source } = await makePlace(db());
    const found = await findSource(db(), tenant, workspace.id, source.id);
    assert.ok(!JSON.stringify([source, found]).includes('sealed'));
  });

  it('a source is found under its own workspace alone', async () => {
    const { tenant, workspace, source } = await makePlace(db());
    assert.ok(await findSource(db(), tenant, workspace.id, source.id));
    assert.equal(await findSource(db(), tenant, randomUUID(), source.id), null);
    const parent = { workspaceId: randomUUID(), sourceId: source.id };
    assert.equal(await refusal(createSnapshot(db(), tenant, parent, commandOf())), 'not_found');
  });
});
