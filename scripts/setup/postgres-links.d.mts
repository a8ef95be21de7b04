export interface MissingLink {
  path: string;
  pointsTo: string;
}
export function missingPostgresLinks(root: string): MissingLink[];
export function makePostgresLinks(links: MissingLink[]): void;
