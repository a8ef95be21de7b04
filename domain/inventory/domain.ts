import { z } from 'zod';
import { commonShape } from './common.ts';
import { EntraDomain } from './entra.ts';

/** A DNS domain the incumbent serves: as sign-in host, as sender of its mail, or as the domain of its people. */
export const DomainForm = z.strictObject({
  ...commonShape,
  use: z.enum(['sign_in_host', 'email_sender', 'people']),
  domain: z.string(),
  verified: z.boolean(),
  verification_status: z.string().nullable(),
  dns_records: z.array(
    z.strictObject({ type: z.string().nullable(), name: z.string().nullable(), values: z.array(z.string()) }),
  ),
  certificate_source: z.string().nullable(),
  /** Null for another vendor's domain. */
  entra: EntraDomain.nullable(),
});
export type DomainForm = z.infer<typeof DomainForm>;
