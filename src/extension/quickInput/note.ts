// What is said about an answer while it is typed.

/** Only an error keeps the answer from being accepted. */
export interface Note {
  severity: 'error' | 'warning' | 'info'
  message: string
}
