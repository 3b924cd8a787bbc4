// Bytes as they travel between processes and stay in the store.

/** Small ones are part of their message, as base64; larger ones are in a file. */
export type StoredBytes = { base64: string } | { file: string; bytes: number }
