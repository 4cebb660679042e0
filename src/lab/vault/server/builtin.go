// What is built in, as sys/plugins and sys/mounts ask for it.
package main

import (
	kv "github.com/hashicorp/vault-plugin-secrets-kv"
	"github.com/hashicorp/vault/builtin/credential/approle"
	"github.com/hashicorp/vault/builtin/credential/userpass"
	"github.com/hashicorp/vault/sdk/helper/consts"
	"github.com/hashicorp/vault/sdk/logical"
)

var (
	secrets = map[string]logical.Factory{"kv": kv.Factory}
	auths   = map[string]logical.Factory{"approle": approle.Factory, "userpass": userpass.Factory}
	builtin = map[consts.PluginType]map[string]logical.Factory{
		consts.PluginTypeSecrets:    secrets,
		consts.PluginTypeCredential: auths,
	}
)

type registry struct{}

func (registry) Get(name string, kind consts.PluginType) (func() (interface{}, error), bool) {
	factory, found := builtin[kind][name]
	return func() (interface{}, error) { return factory, nil }, found
}

func (registry) Keys(kind consts.PluginType) (names []string) {
	for name := range builtin[kind] {
		names = append(names, name)
	}
	return names
}

func (registry) DeprecationStatus(name string, kind consts.PluginType) (consts.DeprecationStatus, bool) {
	return consts.Supported, builtin[kind][name] != nil
}

func (registry) Contains(name string, kind consts.PluginType) bool { return builtin[kind][name] != nil }

func (registry) IsBuiltinEntPlugin(string, consts.PluginType) bool { return false }
