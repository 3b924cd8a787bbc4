// Counts the words of a text: a worker in another language, with the protocol `lines`.
//
// in:    text
// out:   { word: how often }
// usage: echo '{"id":1,"value":"to be or not to be"}' | node count_words.mjs
import { createInterface } from 'node:readline'

const say = message => console.log(JSON.stringify(message))

say({ hello: 1 })
for await (const line of createInterface({ input: process.stdin })) {
  const { id, value } = JSON.parse(line)
  if (typeof value !== 'string') say({ id, error: { message: 'The input is no text.' } })
  else {
    const counts = new Map()
    for (const [word] of value.toLowerCase().matchAll(/\p{L}+/gu)) counts.set(word, (counts.get(word) ?? 0) + 1)
    say({ id, value: Object.fromEntries(counts) })
  }
}
