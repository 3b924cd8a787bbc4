// What container runtimes print when there is no container, in words that say what to do.
import type { Container } from '../../api'

interface Problem {
  printed: RegExp
  sentence(container: Container, line: string): string
}

/** Podman and docker print their own reason last, behind these words. */
const said = /^(?:Error|docker|ch-run\[\d+\]|FATAL): /

const problems: readonly Problem[] = [
  {
    printed: /Cannot connect to the Docker daemon|Is the docker daemon running|permission denied.*docker\.sock/i,
    sentence: ({ runtime }, line) =>
      `${runtime} has no engine that answers (${line}): start it, or be allowed to use it.`,
  },
  {
    printed:
      /image not known|no such image|unable to find image|did not resolve|manifest unknown|pull access denied|initializing source|can't stat|could not open image|image .*does not exist/i,
    sentence: ({ runtime, image }, line) =>
      `There is no image ${image} for ${runtime} (${line}): ${remedies[runtime]}, or correct "image" of the queue.`,
  },
  {
    printed: /statfs .*no such file|can't bind|bind: .*not found|Can't find source path|mount source .*doesn't exist/i,
    sentence: (_, line) => `A folder of "mounts" cannot be mounted (${line}): correct the setting, or make the folder.`,
  },
]

const remedies: Readonly<Record<Container['runtime'], string>> = {
  podman: 'get it with “podman pull”',
  docker: 'get it with “docker pull”',
  apptainer: 'get it with “apptainer pull”',
  charliecloud: 'make its folder with “ch-convert”',
  bwrap: 'none is needed',
}

/** @returns `undefined` for what is none of these */
export function containerProblem(container: Container, printed: string): string | undefined {
  const lines = printed.trim().split('\n')
  for (const { printed: pattern, sentence } of problems) {
    const line = lines.findLast(text => pattern.test(text))
    if (line !== undefined) return sentence(container, line.trim().replace(said, '').replace(/\.$/, ''))
  }
  return undefined
}
