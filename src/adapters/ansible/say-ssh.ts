// What ssh says when a host cannot be logged in to, in one sentence that a person can act on. Pure.

const changedKey =
  /REMOTE HOST IDENTIFICATION HAS CHANGED.*?Offending \S+ key in (\S+?):\d+.*?Host key for (\S+) has changed/s
const unknownKey = /No \S+ host key is known for (\S+)/

/** Words that are not known are given back as they are. */
export function saySsh(message: string): string {
  const [, file, address] = changedKey.exec(message) ?? []
  if (address !== undefined)
    return `the host key of ${address} is not the one in ${file}: if the host was made anew, ssh-keygen -f ${file} -R ${address}`
  const [, stranger] = unknownKey.exec(message) ?? []
  if (stranger !== undefined)
    return `the host key of ${stranger} is not known: log in by ssh once, and compare it`
  return message
    .replace(/^Task failed: /, '')
    .replace(
      /^Data could not be sent to remote host "[^"]*"\. Make sure this host can be reached over ssh: /,
      '',
    )
}
