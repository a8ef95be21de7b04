export const itemTypes = [
  'application',
  'provider',
  'routing_rule',
  'policy',
  'group',
  'assignment',
  'domain',
] as const;
export type ItemType = (typeof itemTypes)[number];
