// Writes what is in a file to stdout, so many times over, as fast as it is read.
import { readFileSync } from 'node:fs'

const [file, times] = process.argv.slice(2)
const bytes = readFileSync(file)
for (let i = 0; i < Number(times); i++) await new Promise(resolve => process.stdout.write(bytes, resolve))
