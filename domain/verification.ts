import { z } from 'zod';
import { refusalMeanings, type RefusalMeaning } from './collections/ledger.ts';
import { readPermission, remedyFor } from './collections/permissions.ts';
import { unreachable } from './errors.ts';
import { RunFailure } from './run.ts';
import type { SourceType } from './source.ts';

/** What a check of a source's credential found of one collection. */
export const CheckedCollection = z.strictObject({
  collection: z.string(),
  /** Named by the guide: unreadable, it fails an inventory. The rest is auxiliary. */
  required: z.boolean(),
  /** Whether an inventory would read it; also true where this org has nothing of it to ask for. */
  readable: z.boolean(),
  /** What the incumbent answered; null when nothing had to be asked. */
  http_status: z.int().nullable(),
  vendor_code: z.string().nullable(),
  meaning: z.enum(refusalMeanings).nullable(),
  /** The exact permission to add; null when none is missing. */
  missing: z.string().nullable(),
  remedy: z.string().nullable(),
});
export type CheckedCollection = z.infer<typeof CheckedCollection>;

/** `can_write`: the credential may change the incumbent. `write_rights_unknown`: the incumbent does not tell. */
export const verificationWarningCodes = ['can_write', 'write_rights_unknown'] as const;

export const VerificationWarning = z.strictObject({
  code: z.enum(verificationWarningCodes),
  message: z.string(),
  /** Roles or permissions that can write, in the vendor's words. */
  rights: z.array(z.string()),
});
export type VerificationWarning = z.infer<typeof VerificationWarning>;

export const Estimate = z.strictObject({ requests: z.int(), minutes: z.number() });
export type Estimate = z.infer<typeof Estimate>;

export const verificationStatuses = ['running', 'completed', 'failed'] as const;

/** What a source's credential was found able to do, the last time somebody asked. */
export const Verification = z.strictObject({
  status: z.enum(verificationStatuses),
  /** When it ended; null while it runs. */
  checked_at: z.iso.datetime().nullable(),
  collections: z.array(CheckedCollection),
  warnings: z.array(VerificationWarning),
  /** What an inventory will cost, as far as a former one tells. */
  estimate: Estimate.nullable(),
  /** Why a check could not be finished. */
  failure: RunFailure.nullable(),
});
export type Verification = z.infer<typeof Verification>;

/** What came of asking for a collection; `status` is the incumbent's, null when nothing had to be asked. */
export type CheckOutcome =
  | { found: 'readable'; status: number | null }
  | { found: 'refused'; status: number | null; code: string | null; meaning: RefusalMeaning }
  /** The credential itself is refused, whatever it asks for. */
  | { found: 'credential_refused'; status: number | null; code: string | null };

/** A listing that was asked for its first page, and listings below it that the page named: a few of each collection. */
export interface AskedListing {
  outcome: CheckOutcome;
  children: readonly ListingSeed[];
}

/** Where a listing begins. */
export interface ListingSeed {
  collection: string;
  key: string;
  /** Path and query of the first page, beginning with a slash. */
  path: string;
  /** What reading its pages must know (the application whose assignments these are). */
  context: Readonly<Record<string, string>>;
}

/** A row of a check, with what to grant where something is missing. */
export function checkedCollection(
  sourceType: SourceType,
  definition: { name: string; required: boolean },
  outcome: CheckOutcome,
): CheckedCollection {
  const { name: collection, required } = definition;
  const head = { collection, required, http_status: outcome.status };
  switch (outcome.found) {
    case 'readable':
      return { ...head, readable: true, vendor_code: null, meaning: null, missing: null, remedy: null };
    case 'credential_refused': {
      const refused = { ...head, readable: false, vendor_code: outcome.code };
      return { ...refused, meaning: 'not_permitted', ...invalidCredential[sourceType] };
    }
    case 'refused': {
      const { code: vendor_code, meaning } = outcome;
      const missing = meaning === 'not_permitted' ? readPermission(sourceType, collection).permission : null;
      const remedy = remedyFor(sourceType, collection, meaning);
      return { ...head, readable: false, vendor_code, meaning, missing, remedy };
    }
    default:
      return unreachable(outcome);
  }
}

const invalidCredential: Readonly<Record<SourceType, { missing: string; remedy: string }>> = {
  okta: {
    missing: 'a valid API token',
    remedy:
      'Make a new API token (Security \u2192 API \u2192 Tokens) and replace the source\u2019s secret. A token dies ' +
      'with its maker\u2019s account and after 30 days without use.',
  },
  entra: {
    missing: 'a valid client secret',
    remedy:
      'Make a new client secret (App registrations \u2192 Certificates & secrets), replace the source\u2019s secret, ' +
      'and check directory and client id.',
  },
};

/** What a credential may do besides reading, as far as the incumbent tells. */
export interface WriteRights {
  /** Roles or permissions that can write, in the vendor's words. */
  rights: readonly string[];
  /** False when there may be more than was told. */
  complete: boolean;
}

/** Warns of a credential that can do more than an inventory needs. */
export function writeWarnings(
  sourceType: SourceType,
  { rights, complete }: WriteRights,
): VerificationWarning[] {
  if (rights.length > 0) {
    const message = `This credential can change the incumbent (${rights.join(', ')}). ${leastPrivilege[sourceType]}`;
    return [{ code: 'can_write', message, rights: [...rights] }];
  }
  return complete ? [] : [{ code: 'write_rights_unknown', message: untold[sourceType], rights: [] }];
}

const leastPrivilege: Readonly<Record<SourceType, string>> = {
  okta: 'An inventory only reads: use a token of an administrator with read-only roles.',
  entra: 'An inventory only reads: use an application with Read permissions and no directory role.',
};

const untold: Readonly<Record<SourceType, string>> = {
  // Only super administrators see who is an administrator, so this one is none.
  okta:
    'The token is not a super administrator\u2019s; Okta does not tell it its other roles. Check that whoever made ' +
    'it has read-only roles.',
  entra:
    'The access token does not say what it may do. Check that the application has Read permissions alone.',
};

/**
 * Standard roles that change nothing.
 * https://help.okta.com/oie/en-us/content/topics/security/administrators-admin-comparison.htm
 */
const oktaReadOnlyRoles: ReadonlySet<string> = new Set(['READ_ONLY_ADMIN', 'REPORT_ADMIN']);

/** Whether an administrator with this standard role may change things. */
export const oktaRoleWrites = (role: string): boolean => !oktaReadOnlyRoles.has(role);

/** Whether a permission of a custom administrator role changes things (`okta.apps.read`, `okta.agents.view` do not). */
export const oktaPermissionWrites = (permission: string): boolean => !/\.(?:read|view)$/.test(permission);

/**
 * Whether an application permission of Graph lets more than read. They are named resource, operation, constraint.
 * https://learn.microsoft.com/graph/permissions-overview#permissions-naming-pattern
 */
export const graphPermissionWrites = (permission: string): boolean =>
  !/^[^.]+\.Read(?!Write)/.test(permission);

/**
 * Directory roles that only read, by the ids of their templates, and the one that every token carries.
 * https://learn.microsoft.com/entra/identity/role-based-access-control/permissions-reference
 */
const readingDirectoryRoles: ReadonlySet<string> = new Set([
  '0997a1d0-0d1d-4acb-b408-d5ca73121e90', // of no meaning: in every token
  '88d8e3e3-8f55-4a1e-953a-9b9898b8876b', // Directory Readers
  'f2ef992c-3afb-46b9-b7cf-a126ee74c451', // Global Reader
  '5d6b6bb7-de71-4623-b4af-95380a352509', // Security Reader
  '4a5d8f65-41da-4de4-8968-e035b65339cf', // Reports Reader
  '790c1fb9-7f7d-4f88-86a1-ef1f95c05c1b', // Message Center Reader
]);

/** Names of the directory roles that an application is most likely to be given. */
const directoryRoleNames: Readonly<Record<string, string>> = {
  '62e90394-69f5-4237-9190-012177145e10': 'Global Administrator',
  'e8611ab8-c189-46e8-94e1-60213ab1f814': 'Privileged Role Administrator',
  '9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3': 'Application Administrator',
  '158c047a-c907-4556-b7ef-446551a6b5f7': 'Cloud Application Administrator',
  'b1be1c3e-b65d-4f19-8427-f6fa0d97feb9': 'Conditional Access Administrator',
  'fdd7a751-b60b-444a-984c-02652fe8fa1c': 'Groups Administrator',
  'fe930be7-5e62-47db-91af-98c3a49a38b1': 'User Administrator',
  '9360feb5-f418-4baa-8175-e2a00bac4301': 'Directory Writers',
};

/** The writing ones among the directory roles of a token (`wids`), by name where it is known. */
export const writingDirectoryRoles = (templates: readonly string[]): string[] =>
  templates
    .filter((template) => !readingDirectoryRoles.has(template))
    .map((template) => directoryRoleNames[template] ?? `directory role ${template}`);
