/** What a dedicated worker has and a page has not (File System Standard, 2.6): the page's types leave it out. */
declare global {
  type FileSystemSyncAccessHandle = {
    read: (buffer: Uint8Array<ArrayBuffer>, options: { at: number }) => number
    write: (buffer: Uint8Array<ArrayBuffer>, options: { at: number }) => number
    flush: () => void
    close: () => void
    getSize: () => number
  }
  interface FileSystemFileHandle {
    createSyncAccessHandle: () => Promise<FileSystemSyncAccessHandle>
  }
}

export {}
