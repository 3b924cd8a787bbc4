// Errors of the system: which of them pass, and what they mean in words for the user.

/** Its message becomes the job's error of kind `start`. */
export class StartError extends Error {}

export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined
}

/** The machine is short of something for the moment: no fault of the job, and to be tried again. */
export function isShortage(error: unknown): boolean {
  const code = errorCode(error)
  return code === 'EAGAIN' || code === 'EMFILE' || code === 'ENFILE' || code === 'ENOMEM'
}

const reasonOfCode: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EDQUOT: 'the disk quota is used up',
  EISDIR: 'it is a folder',
  ELOOP: 'its symbolic links lead in a circle',
  ENAMETOOLONG: 'its name is too long for the file system',
  ENOENT: 'it does not exist',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'a part of its path is not a folder',
  EPERM: 'not permitted',
  EROFS: 'the file system is read-only',
}

/** What a system error means, as the end of a sentence. */
export function reasonOf(error: unknown): string {
  return reasonOfCode[errorCode(error) ?? ''] ?? (error instanceof Error ? error.message : String(error))
}
