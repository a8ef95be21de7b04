import assert from 'node:assert/strict';
import { statusOf } from '../../api/http/problem.ts';
import { DomainError, errorCodes, unreachable } from '../../domain/errors.ts';

describe('errors', () => {
  it('have codes in snake_case, each once', () => {
    assert.deepEqual(
      errorCodes.filter((code) => !/^[a-z]+(?:_[a-z]+)*$/.test(code)),
      [],
    );
    assert.equal(new Set(errorCodes).size, errorCodes.length);
  });

  it('have an HTTP status each, and no status without a code', () => {
    assert.deepEqual(Object.keys(statusOf).sort(), [...errorCodes].sort());
    const told = [400, 401, 403, 404, 405, 409, 412, 413, 415, 422, 428, 429, 500, 502, 503];
    assert.deepEqual(
      errorCodes.filter((code) => !told.includes(statusOf[code])),
      [],
    );
  });

  it('carry their code, the members of that code, and the cause for the log alone', () => {
    const cause = new Error('relation "x" does not exist');
    const error = new DomainError('handoff_not_ready', 'Not ready.', { members: { blockers: [] }, cause });
    assert.deepEqual(
      [error.code, error.message, error.members, error.errors, error.cause],
      ['handoff_not_ready', 'Not ready.', { blockers: [] }, [], cause],
    );
  });

  it('say so when a case arrives that cannot be', () => {
    assert.throws(() => unreachable('moved' as never), /Unexpected value: moved/);
  });
});
