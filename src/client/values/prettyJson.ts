// JSON for reading: each member on its own line, lists of numbers and words in filled lines.

const WIDTH = 100
const INDENT = '  '

/** @param value as `JSON.parse` returns it */
export function prettyJson(value: unknown, indent = ''): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const inner = indent + INDENT
  if (Array.isArray(value)) {
    if (value.every(isPlain)) return filled(value, indent)
    return `[\n${value.map(item => inner + prettyJson(item, inner)).join(',\n')}\n${indent}]`
  }
  const members = Object.entries(value)
  if (members.length === 0) return '{}'
  const lines = members.map(([key, member]) => `${inner}${JSON.stringify(key)}: ${prettyJson(member, inner)}`)
  return `{\n${lines.join(',\n')}\n${indent}}`
}

function isPlain(item: unknown): boolean {
  return typeof item !== 'object' || item === null
}

/** On one line, if that is short; else on as many as are needed. */
function filled(items: readonly unknown[], indent: string): string {
  const inner = indent + INDENT
  const lines: string[] = []
  let line = ''
  for (const item of items) {
    const text = JSON.stringify(item)
    if (line !== '' && inner.length + line.length + text.length + 3 > WIDTH) {
      lines.push(line)
      line = ''
    }
    line += line === '' ? text : `, ${text}`
  }
  lines.push(line)
  return lines.length === 1 ? `[${line}]` : `[\n${lines.map(full => inner + full).join(',\n')}\n${indent}]`
}
