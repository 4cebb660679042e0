// The Vault adapter: one way in. No type of the vendor's client leaves this folder.
export { type AppRoleCredentials, openAppRoleCredentials } from './approle-credentials.ts'
export { connectVault, type VaultConnection } from './connect.ts'
export type { ConnectOptions, VaultLogin } from './options.ts'
