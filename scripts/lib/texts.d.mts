/** What runs in a window. */
export const translatedFolders: readonly string[]
export function englishTexts(): Promise<Record<string, string>>
export function writeEnglishTexts(): Promise<void>
