// Nodes that must not start: an empty file each, which the service verbs look for.
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { LabPaths } from '../paths.ts'

const directory = (paths: LabPaths): string => join(paths.run, 'refused')

export const isRefused = (paths: LabPaths, name: string): boolean => existsSync(join(directory(paths), name))

export function refuse(paths: LabPaths, name: string): void {
  mkdirSync(directory(paths), { recursive: true })
  writeFileSync(join(directory(paths), name), '')
}

export const stopRefusing = (paths: LabPaths, name: string): void =>
  rmSync(join(directory(paths), name), { force: true })

export const refusedNodes = (paths: LabPaths): readonly string[] =>
  existsSync(directory(paths)) ? readdirSync(directory(paths)) : []
