// The server's text of a failure without the frames of its stack trace: what was wrong stands in the lines between them, the innermost
// cause in the last, and a text that is cut to a length must not lose that one.

const frame = /^\s*(at [\w$.@/\- ]+\(|\.{3} \d+ more)/

export const withoutTrace = (text: string): string =>
  text
    .split('\n')
    .filter(line => !frame.test(line))
    .join('\n')
