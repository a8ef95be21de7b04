export interface Lock {
  release(): void;
  alsoHeldBy(pid: number): void;
}
export function tryLock(path: string): Lock | { holder: number };
export function lock(
  path: string,
  options: { onBusy: (holder: number) => void; timeoutMs: number },
): Promise<Lock>;
