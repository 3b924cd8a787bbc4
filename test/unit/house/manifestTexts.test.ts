// What VS Code shows of package.json is in package.nls.json, so that another language is one more file.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { keyOf, manifestTexts, shownTexts } from '../../support/manifestTexts'
import { root } from '../../support/tools'

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<string, unknown>

test('each text of package.json is a key', () => {
  const texts = shownTexts(manifest)
  expect(texts.length).toBeGreaterThan(60)
  expect(texts.filter(text => keyOf(text) === undefined)).toEqual([])
})

test('there is a text for each key, and none for another', () => {
  expect(Object.keys(manifestTexts).sort()).toEqual([...new Set(shownTexts(manifest).map(keyOf))].sort())
  for (const [key, text] of Object.entries(manifestTexts)) expect(text.trim(), key).not.toBe('')
})

test('a text that is no key is found wherever it is', () => {
  const found = shownTexts({
    name: 'its-id',
    displayName: 'A',
    contributes: {
      commands: [{ command: 'x.y', title: 'B', category: '%category%' }],
      views: { x: [{ id: 'x.v', name: 'C', when: 'd' }] },
      configuration: { properties: { 'x.s': { enum: ['e'], enumDescriptions: ['D'], default: 'f' } } },
    },
  })
  expect(found.filter(text => keyOf(text) === undefined)).toEqual(['A', 'B', 'C', 'D'])
})
