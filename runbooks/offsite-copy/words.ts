// Amounts as people read them. Pure.
export { sayBytes } from '../reassign/words.ts'

/** `3 files, 1.5 GiB`. */
export const sayFiles = (files: number): string => `${files} ${files === 1 ? 'file' : 'files'}`
