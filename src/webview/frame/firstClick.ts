// A press of a button that becomes another one in its place, such as Cancel, which becomes Rerun.

/** The second click of a double click is not for what the first one has left there. A press by key has no number of clicks. */
export function firstClick(press: () => void): (event: MouseEvent) => void {
  return ({ detail }) => {
    if (detail < 2) press()
  }
}
