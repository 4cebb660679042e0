// Names by pattern, as the server matches them: `*` stands for anything.

const quote = (text: string) => text.replaceAll(/[.+?^${}()|[\]\\]/g, '\\$&')

export const matches = (name: string, patterns: readonly string[]): boolean =>
  patterns.some(pattern => new RegExp(`^${pattern.split('*').map(quote).join('.*')}$`).test(name))
