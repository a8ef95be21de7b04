export function dependenciesMatch(root: string, options?: { omitDev?: boolean }): boolean;
