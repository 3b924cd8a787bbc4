// Names of the files of large arrays that were written for a job or request.

export function inputArrayFile(id: string, index: number): string {
  return `${id}.in${index}.array`
}

/** Whether it was written for the job, and not by its worker. */
export function isInputArrayFile(name: string): boolean {
  return /\.in\d+\.array$/.test(name)
}
