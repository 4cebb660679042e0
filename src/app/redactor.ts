// The one redactor of this process: whoever reads a secret registers it here, and whatever is said or written passes
// through it.
import { Redactor } from '../engine/redactor.ts'

export const redactor = new Redactor()
