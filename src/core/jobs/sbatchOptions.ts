// The options of `sbatch` that a queue does not leave to the settings: by them its jobs are found, and each begins once.

export const OUR_OPTIONS = ['--job-name', '--array', '--clusters', '--parsable', '--requeue', '--wrap'] as const
/** Where each job is one of Slurm the comment names the file of its array. */
export const OUR_OPTIONS_OF_JOBS = [...OUR_OPTIONS, '--comment'] as const

/** Of `--job-name`, `--array` and `--clusters`. */
const LETTERS = /^-[JaM]/
/** Of the shortest word that can only be one of them: `--ar`. */
const SHORTEST = 4

/** Whether one of the words is such an option, also where it is shortened as `sbatch` allows. */
export function namesOneOf(options: readonly string[], words: readonly string[]): boolean {
  return words.some(word => {
    const [name = ''] = word.split('=')
    return LETTERS.test(word) || (name.length >= SHORTEST && options.some(option => option.startsWith(name)))
  })
}
