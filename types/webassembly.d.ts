// Node has WebAssembly, @types/node leaves its types to lib.dom, which would bring a browser's globals along.
declare namespace WebAssembly {
  type Imports = Record<string, Record<string, unknown>>;
  interface Instance {
    readonly exports: Record<string, unknown>;
  }
  function instantiate(bytes: Uint8Array, imports: Imports): Promise<{ instance: Instance }>;
}
