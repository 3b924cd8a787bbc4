// The HTML of a page: what it lets in.
import { describe, expect, it } from 'vitest'
import { pageHtml } from '../../../src/extension/views/pageHtml'

const parts = {
  name: 'jobs"',
  source: 'https://*.vscode-cdn.net',
  script: 'https://x/main.js?a=1&b="2"',
  style: 'https://x/main.css',
  language: 'en',
  texts: { 'No jobs': 'Keine </script> Jobs' },
}

describe('the frame', () => {
  it('lets in one script by a nonce of its own, and no inline style', () => {
    const [first, second] = [pageHtml(parts), pageHtml(parts)]
    const nonce = /script-src 'nonce-([^']+)'/.exec(first)?.[1]
    expect(nonce?.length).toBeGreaterThanOrEqual(22)
    expect(first).toContain(`nonce="${nonce}"`)
    expect(second).not.toContain(nonce)
    expect(first).toContain("default-src 'none'")
    expect(first).not.toMatch(/unsafe|style="|<style/)
  })

  it('escapes what it is given', () => {
    expect(pageHtml(parts)).toContain('data-page="jobs&quot;"')
    expect(pageHtml(parts)).toContain('src="https://x/main.js?a=1&amp;b=&quot;2&quot;"')
  })

  it('brings the texts of a language along, which cannot end their block', () => {
    const block = /<script type="application\/json" id="texts">([^<]*)<\/script>/.exec(pageHtml(parts))?.[1]
    expect(JSON.parse(block ?? '')).toEqual(parts.texts)
  })
})
