// Policies of this checkout. Every field is optional; these are the defaults.
import { defineConfig } from './src/config/define.ts'

export default defineConfig({
  approvals: { minutes: 30, selfApproval: false },
})
