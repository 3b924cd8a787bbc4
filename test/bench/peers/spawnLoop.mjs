// The bare minimum in Node: spawn `cat`, 11 bytes in and out, so many at a time. Prints milliseconds a job.
import { spawn } from 'node:child_process'

const [jobs, atOnce] = process.argv.slice(2).map(Number)
const input = Buffer.from('hello world')

function one() {
  return new Promise((resolve, reject) => {
    const child = spawn('cat')
    const chunks = []
    child.stdout.on('data', chunk => chunks.push(chunk))
    child.stderr.resume()
    child.on('error', reject)
    child.on('close', code => {
      const ok = code === 0 && Buffer.concat(chunks).equals(input)
      if (ok) resolve()
      else reject(new Error(`cat ended with ${code}`))
    })
    child.stdin.end(input)
  })
}

let left = jobs
async function lane() {
  while (left-- > 0) await one()
}
const begin = performance.now()
await Promise.all(Array.from({ length: atOnce }, lane))
console.log((performance.now() - begin) / jobs)
