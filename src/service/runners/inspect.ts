// For developers: where a debugger finds the runners of a service that was started for one.

const INSPECT = /^--inspect=(.*:)(\d+)$/

/** The flags of a runner: those of its service, with a port of its own, counted from that of the service. */
export function runnerFlags(flags: readonly string[], number: number): string[] {
  return flags.map(flag => flag.replace(INSPECT, (_, host, port) => `--inspect=${host}${Number(port) + number}`))
}

export function isInspected(flags: readonly string[]): boolean {
  return flags.some(flag => INSPECT.test(flag))
}
