export function processIdentity(pid: number): string | undefined;
export function processCommand(pid: number): string;
export function parentOf(pid: number): number | undefined;
