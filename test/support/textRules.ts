// Which literals of the source are texts that a user sees, and are not translated.
import { parseAst } from 'vitest/node'
import { isRecord } from '../../src/core/base/records'

interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [field: string]: unknown
}

/** A literal with the nodes around it, the innermost last. */
interface Literal {
  readonly node: Node
  readonly around: readonly Node[]
  /** Of a template what is between its values, which are `{0}`, `{1}` …, as in a bundle of translations. */
  readonly text: string
}

/** In these VS Code shows even a single word. */
const shownFields = new Set([
  ...['title', 'label', 'detail', 'description', 'tooltip', 'placeHolder', 'placeholder', 'prompt', 'message'],
  ...['openLabel', 'saveLabel', 'ariaLabel'],
])
const shownAttributes = /\b(?:aria-label|aria-description|aria-roledescription|title|placeholder|alt)="([^"]*)"/g
const showsMessage = /^show\w*(Message|QuickPick|InputBox|Modal)$/
const logs = /^#?(log|trace|debug|info|warn|error)$/
const icon = /\$\([\w~-]+\)/g
/** `smooth`, `“Running”,`; not `a.b`, `state:failed`, `--x`, `maxMemoryMB`. */
const prose = /^[“"'(]?\p{L}\p{Ll}*(?:[’'-]\p{Ll}+)*[”"'),.:;?!…]*$/u
const css = /^[a-z-]+: \S*(?:px|%)\)?$/
const PRODUCT = 'Headless Jobs'

export interface Untranslated {
  readonly text: string
  /** The line, the text and what is wrong with it. */
  readonly sentence: string
}

/** The texts that are not translated, or cannot be extracted for a translation. */
export function untranslated(source: string): Untranslated[] {
  return literalsIn(source).flatMap(literal => {
    const problem = problemOf(literal)
    const line = source.slice(0, literal.node.start).split('\n').length
    const { text } = literal
    return problem === undefined ? [] : [{ text, sentence: `${line}: “${text.trim().slice(0, 80)}” ${problem}.` }]
  })
}

/** Keys of the texts that are translated, as `t` looks them up. */
export function textKeys(source: string): string[] {
  return literalsIn(source)
    .filter(isTranslated)
    .map(({ text }) => text)
}

function problemOf(literal: Literal): string | undefined {
  const { node, around, text } = literal
  const parent = around.at(-1)
  if (isTranslated(literal)) return text.includes('{{') ? 'has a value in braces, which is not put in' : undefined
  if (isCallOfT(parent) && firstArgument(parent) === node) return 'is not known before the program runs'
  if (isTagged(literal, 'html')) return isTextOfPage(text) ? 'is not translated' : undefined
  return isShown(literal) ? 'is not translated' : undefined
}

/** Whether it is a phrase, or one word where VS Code shows it. */
function isShown({ node, around, text }: Literal): boolean {
  const parent = around.at(-1)
  if (parent === undefined || isName(parent, node) || around.some(isLogging) || text === PRODUCT) return false
  const words = text.replace(icon, '').replace(/\{\d+\}/g, '{}')
  if (/\s/.test(words) && !css.test(words) && words.split(/\s+/).some(word => prose.test(word))) return true
  const isField = parent.type === 'Property' && parent.value === node && shownFields.has(nameOf(parent.key))
  const isArgument = parent.type === 'CallExpression' && showsMessage.test(nameOf(parent.callee))
  return (isField || isArgument) && /^\p{Lu}/u.test(words.trim())
}

function isTextOfPage(markup: string): boolean {
  const values = [...markup.matchAll(shownAttributes)].map(([, value = '']) => value)
  const content = markup.replace(/<(?:[^<>"'{}]|"[^"]*"|'[^']*'|\{\d+\})*>/g, '\n').replace(/<[^>]*$|^[^<]*>/g, '\n')
  return [...values, content].some(text => /\p{L}/u.test(text.replace(/\{\d+\}/g, '')))
}

/** A key, a module, what something is compared with. */
function isName(parent: Node, node: Node): boolean {
  if (parent.type === 'Property') return parent.key === node
  if (parent.type === 'BinaryExpression') return /^[!=]==?$/.test(String(parent.operator))
  return parent.type === 'SwitchCase' || parent.type === 'TaggedTemplateExpression'
}

function isLogging(node: Node): boolean {
  return node.type === 'CallExpression' && logs.test(nameOf(node.callee))
}

function isTranslated(literal: Literal): boolean {
  const { node, around } = literal
  const parent = around.at(-1)
  return isTagged(literal, 't') || (isCallOfT(parent) && firstArgument(parent) === node && node.type === 'Literal')
}

function isCallOfT(node: Node | undefined): node is Node {
  return node?.type === 'CallExpression' && nameOf(node.callee) === 't'
}

function firstArgument(call: Node): unknown {
  return (call.arguments as readonly Node[])[0]
}

function isTagged({ node, around }: Literal, tag: string): boolean {
  const parent = around.at(-1)
  return parent?.type === 'TaggedTemplateExpression' && parent.quasi === node && nameOf(parent.tag) === tag
}

/** The last name of `a`, `a.b`, `a.#b`. */
function nameOf(node: unknown): string {
  if (!isRecord(node)) return ''
  return typeof node.name === 'string' ? node.name : nameOf(node.property)
}

function literalsIn(source: string): Literal[] {
  const found: Literal[] = []
  const visit = (value: unknown, around: readonly Node[]): void => {
    if (Array.isArray(value)) for (const item of value) visit(item, around)
    if (!isNode(value) || isOfTypes(value)) return
    const text = textOf(value)
    if (text !== undefined) found.push({ node: value, around, text })
    for (const part of Object.values(value)) visit(part, [...around, value])
  }
  visit(parseAst(source, { lang: 'ts' }), [])
  return found
}

function isNode(value: unknown): value is Node {
  return isRecord(value) && typeof value.type === 'string'
}

/** Imports, and what is there for the compiler alone. */
function isOfTypes({ type, source }: Node): boolean {
  if (/^(Import|Export\w+)Declaration$/.test(type)) return source !== null && source !== undefined
  return type.startsWith('TS') && !/^TS(As|Satisfies|NonNull)Expression$/.test(type)
}

function textOf(node: Node): string | undefined {
  if (node.type === 'Literal') return typeof node.value === 'string' ? node.value : undefined
  if (node.type !== 'TemplateLiteral') return undefined
  const parts = node.quasis as readonly { value: { cooked: string } }[]
  return parts.map(({ value }, i) => (i === 0 ? value.cooked : `{${i - 1}}${value.cooked}`)).join('')
}
