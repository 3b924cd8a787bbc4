// What a page says to those who see it and to those who hear it.
import type { Locator } from 'playwright-core'

/** Texts, tooltips, labels and placeholders of what is shown of an element, each once. */
export function shownTextsOf(element: Locator): Promise<string[]> {
  return element.evaluate(root => {
    const texts = new Set<string>()
    for (const part of [root, ...root.querySelectorAll('*')]) {
      if (part.getClientRects().length === 0 && part.tagName !== 'OPTION') continue
      const own = [...part.childNodes].filter(node => node.nodeType === Node.TEXT_NODE).map(node => node.textContent)
      const said = ['title', 'aria-label', 'aria-description', 'placeholder'].map(name => part.getAttribute(name))
      for (const text of [...own, ...said]) if (text?.trim()) texts.add(text.trim())
    }
    return [...texts]
  })
}
