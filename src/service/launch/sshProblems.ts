// What ssh prints when there is no connection, in words that say what to do. Its messages are in English whatever the locale.

interface Problem {
  printed: RegExp
  sentence(host: string, line: string): string
}

const problems: readonly Problem[] = [
  {
    printed: /REMOTE HOST IDENTIFICATION HAS CHANGED/,
    sentence: host =>
      `The key of ${host} is another one than before: if that is right, remove the old one with “ssh-keygen -R ${nameOf(host)}” and connect once with “ssh ${host}” in a terminal.`,
  },
  {
    printed: /Host key verification failed/,
    sentence: host =>
      `The key of ${host} is not known yet: connect once with “ssh ${host}” in a terminal, and confirm it.`,
  },
  {
    printed: /Permission denied/,
    sentence: host =>
      `${host} refuses the keys of this user, and no password can be asked for here: add a key to its authorized_keys or to the agent, until “ssh -o BatchMode=yes ${host} true” works in a terminal.`,
  },
  {
    printed: /Could not resolve hostname/,
    sentence: host => `There is no host ${host}: correct "host" of the queue, or name it in ~/.ssh/config.`,
  },
  {
    printed: /Connection (refused|timed out|reset|closed)|No route to host|Network is unreachable|Operation timed out/,
    sentence: (host, line) => `${host} cannot be reached (${line}): is it up, and is this network the right one?`,
  },
]

/** @returns `undefined` for what is none of these */
export function sshProblem(host: string, printed: string): string | undefined {
  const known = problems.find(problem => problem.printed.test(printed))
  const line = printed.split('\n').find(text => known?.printed.test(text)) ?? ''
  return known?.sentence(host, line.trim().replace(/\.$/, ''))
}

/** Without the user. */
function nameOf(host: string): string {
  return host.slice(host.indexOf('@') + 1)
}
