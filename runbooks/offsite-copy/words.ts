// Amounts as people read them. Pure.

/** `3 files`. */
export const sayFiles = (files: number): string => `${files} ${files === 1 ? 'file' : 'files'}`
