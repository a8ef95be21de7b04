import { z } from 'zod';

export const workspaceModes = ['first_run_adoption', 'merge_into_existing'] as const;
export type WorkspaceMode = (typeof workspaceModes)[number];

export const workspaceStatuses = ['draft', 'ready_for_inventory', 'archived'] as const;
export type WorkspaceStatus = (typeof workspaceStatuses)[number];

/** A workspace is ready as soon as one source is not archived, and a draft again when the last one is. */
export function workspaceStatusFor(configuredSources: number): Exclude<WorkspaceStatus, 'archived'> {
  return configuredSources > 0 ? 'ready_for_inventory' : 'draft';
}

/** One line of text as a person names things: no control characters, no white space around it. */
export const DisplayName = z
  .string()
  .trim()
  .min(1, 'Give a name.')
  .max(200, 'At most 200 characters.')
  // eslint-disable-next-line no-control-regex
  .regex(/^[^\u0000-\u001f\u007f]*$/u, 'Control characters are not allowed in a name.')
  .refine((text) => text.isWellFormed(), 'The text is not well-formed Unicode.');

/** Text of several lines; U+0000 cannot be stored by PostgreSQL. */
export const FreeText = z
  .string()
  .max(10_000, 'At most 10,000 characters.')
  .refine((text) => !text.includes('\u0000') && text.isWellFormed(), 'The text is not well-formed Unicode.');

export const CreateWorkspace = z.strictObject({
  name: DisplayName,
  mode: z.enum(workspaceModes),
  description: FreeText.optional(),
});
export type CreateWorkspace = z.infer<typeof CreateWorkspace>;
