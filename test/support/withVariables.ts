import { afterAll, beforeAll } from 'vitest'

/** For what the tests of a `describe` start; what a machine has besides stays. */
export function withVariables(variables: Readonly<Record<string, string>>): void {
  const before = { ...process.env }
  beforeAll(() => Object.assign(process.env, variables))
  afterAll(() => {
    for (const name of Object.keys(variables))
      if (before[name] === undefined) delete process.env[name]
      else process.env[name] = before[name]
  })
}
