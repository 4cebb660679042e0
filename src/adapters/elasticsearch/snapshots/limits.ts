// How long requests about snapshots may take: most of them read or write a repository, which may be slow and far away.

/** The list and the state of snapshots: files of the repository are read. */
export const readingMs = 120_000
/** Every node writes a file and looks for it. */
export const verifyMs = 120_000
/** Files are deleted; the answer comes at the end. */
export const deletingMs = 3_600_000
/** The server's patience with a missing master: what takes long must not wait long for that. */
export const masterPatience = { master_timeout: '20s' } as const
