// A question that is answered with one of a list of items.
import * as vscode from 'vscode'
import type { Prompt } from './prompt'

export interface PickQuestion<Item extends vscode.QuickPickItem> {
  items: readonly Item[]
  placeholder: string
  active?: Item | undefined
}

export function pickPrompt<Item extends vscode.QuickPickItem>({
  items,
  placeholder,
  active,
}: PickQuestion<Item>): Prompt<Item> {
  return {
    create() {
      const input = vscode.window.createQuickPick<Item>()
      input.items = itemsFor(items, '')
      input.placeholder = placeholder
      input.matchOnDescription = true
      if (active) input.activeItems = input.items.filter(item => (item as Shown<Item>).of === active)
      return input
    },
    answerTo: async text => (text === undefined && active ? active : firstFor(items, text)),
    listen: (box, { resolve }) => {
      const input = box.input as vscode.QuickPick<Item>
      return [
        input.onDidChangeValue(text => {
          if (!box.isAnswered) input.items = itemsFor(items, text)
        }),
        input.onDidAccept(() => {
          if (box.isAnswered) return
          const fitting = itemsFor(items, box.typed)
          // the selected item may belong to an earlier text
          const chosen = input.selectedItems[0] as Shown<Item> | undefined
          const item = fitting.find(({ of }) => of === chosen?.of)?.of ?? firstFor(items, box.typed)
          if (!item) return
          box.answer()
          resolve(item)
        }),
      ]
    },
  }
}

/** An item as it is shown, and the one that it stands for. */
type Shown<Item> = Item & { of: Item }

/**
 * The items that match what was typed, those first whose label begins with it. They are always shown: VS Code hides them
 * as soon as something is typed ahead for the next question, and Enter without an item does nothing.
 */
function itemsFor<Item extends vscode.QuickPickItem>(items: readonly Item[], text = ''): Shown<Item>[] {
  const typed = text.trim().toLowerCase()
  const shown = (fitting: readonly Item[]) => fitting.map(item => ({ ...item, alwaysShow: true, of: item }))
  if (typed === '') return shown(items)
  const choices = items.filter(({ kind }) => kind !== vscode.QuickPickItemKind.Separator)
  const labelOf = ({ label }: Item) =>
    label
      .replace(/\$\([^)]*\)/g, '')
      .trim()
      .toLowerCase()
  const begin = choices.filter(item => labelOf(item).startsWith(typed))
  const others = choices.filter(
    item => !begin.includes(item) && `${labelOf(item)} ${item.description ?? ''}`.toLowerCase().includes(typed),
  )
  return shown([...begin, ...others])
}

function firstFor<Item extends vscode.QuickPickItem>(items: readonly Item[], text?: string): Item | undefined {
  return itemsFor(items, text).find(({ kind }) => kind !== vscode.QuickPickItemKind.Separator)?.of
}
