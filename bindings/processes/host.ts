// What reading directories needs of a runtime; a door passes it in. It is a part of `node:fs`, which Node, Deno and Bun have.

/** An entry of a directory, in the order of the file system. */
export interface Entry {
  readonly name: string;
  isFile(): boolean;
}

export interface OpenDirectory {
  readSync(): Entry | null;
  closeSync(): void;
}

export interface FileSystem {
  readonly constants: { readonly O_RDONLY: number; readonly O_NOFOLLOW?: number; readonly O_NONBLOCK?: number };
  opendirSync(path: string, options: { readonly bufferSize: number }): OpenDirectory;
  openSync(path: string, flags: number): number;
  /** `into` may lie in shared memory: Node, Deno and Bun take it. */
  readSync(file: number, into: Uint8Array<ArrayBufferLike>, offset: number, length: number, position: null): number;
  closeSync(file: number): void;
}

export interface Host {
  readonly fs: FileSystem;
  /** True where there surely is no process of that number on this machine, or only one that has nothing to do with the file. */
  isGone(process: number, path: string): boolean;
}
