/** @returns the bundle */
export function bundleTypeScript(file: string): Promise<string>
