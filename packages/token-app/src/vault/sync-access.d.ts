/** What only dedicated workers have of the origin private file system; the compiler's library for pages leaves it out. */
interface FileSystemSyncAccessHandle {
  close(): void
  flush(): void
  getSize(): number
  read(buffer: Uint8Array, options: { at: number }): number
  truncate(newSize: number): void
  write(buffer: Uint8Array, options: { at: number }): number
}
interface FileSystemFileHandle {
  createSyncAccessHandle(): Promise<FileSystemSyncAccessHandle>
}
