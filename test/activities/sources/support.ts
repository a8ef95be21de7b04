import type { Page } from '../../../activities/sources/source.ts';

/** A page as a source gives it, of this body. */
export const pageOf = (body: string | Buffer): Page => ({
  body: Buffer.from(body),
  httpStatus: 200,
  next: () => null,
  vendorRequestId: 'request-1',
  vendorDate: 'Tue, 04 Mar 2025 10:00:00 GMT',
  fetchedAt: new Date('2025-03-04T10:00:01.000Z'),
  elapsedMs: 12,
});
