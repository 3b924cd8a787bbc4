// Names of the files of large arrays that were written for a job or request.

/** @param index from 0 without a gap, so that whoever knows the first one finds them all */
export function inputArrayFile(id: string, index: number): string {
  return `${id}.in${index}.array`
}

/** Whether it was written for the job, and not by its worker. */
export function isInputArrayFile(name: string): boolean {
  return /\.in\d+\.array$/.test(name)
}
