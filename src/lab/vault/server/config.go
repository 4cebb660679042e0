// What the configuration of `vault server` says, as the core wants it. Whatever this server does not have is refused, for it
// would be missed only later.
package main

import (
	"fmt"
	"net"
	"os"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/vault/audit"
	auditfile "github.com/hashicorp/vault/builtin/audit/file"
	"github.com/hashicorp/vault/command/server"
	"github.com/hashicorp/vault/helper/metricsutil"
	vaulthttp "github.com/hashicorp/vault/http"
	"github.com/hashicorp/vault/internalshared/configutil"
	"github.com/hashicorp/vault/sdk/physical/file"
	"github.com/hashicorp/vault/vault"
	"github.com/mitchellh/cli"
)

var console = &cli.BasicUi{Writer: os.Stdout, ErrorWriter: os.Stderr}

func readConfig(path string) (*server.Config, error) {
	config, err := server.LoadConfigFile(path)
	if err != nil {
		return nil, fmt.Errorf("configuration %s: %w", path, err)
	}
	refuse := func(what string) error { return fmt.Errorf("configuration %s: %s", path, what) }
	if unknown := config.Validate(path); len(unknown) > 0 {
		return nil, refuse(unknown[0].String())
	}
	if config.Storage == nil || config.Storage.Type != "file" {
		return nil, refuse("this server has storage \"file\" only")
	}
	if config.HAStorage != nil || len(config.Seals) > 0 {
		return nil, refuse("this server has no ha_storage and no seal but its own")
	}
	if len(config.Listeners) != 1 || config.Listeners[0].Type != "tcp" {
		return nil, refuse("this server has one listener \"tcp\"")
	}
	listener := config.Listeners[0]
	if listener.MaxRequestSize == 0 {
		listener.MaxRequestSize = vaulthttp.DefaultMaxRequestSize
	}
	if listener.MaxRequestDuration == 0 {
		listener.MaxRequestDuration = vault.DefaultMaxRequestDuration
	}
	return config, nil
}

func describeCore(config *server.Config, logger hclog.Logger) (*vault.CoreConfig, error) {
	store, err := file.NewFileBackend(config.Storage.Config, logger.Named("storage.file"))
	if err != nil {
		return nil, fmt.Errorf("storage: %w", err)
	}
	memory, sink, prometheus, err := configutil.SetupTelemetry(&configutil.SetupTelemetryOpts{
		Config: config.Telemetry, Ui: console, ServiceName: "vault", DisplayName: "Vault", ClusterName: config.ClusterName,
	})
	if err != nil {
		return nil, fmt.Errorf("telemetry: %w", err)
	}
	return &vault.CoreConfig{
		RawConfig: config, Physical: store, StorageType: config.Storage.Type, BuiltinRegistry: registry{},
		LogicalBackends: secrets, CredentialBackends: auths,
		AuditBackends: map[string]audit.Factory{"file": auditfile.Factory},
		Logger:        logger, LogLevel: config.LogLevel, DisableMlock: config.DisableMlock,
		DefaultLeaseTTL: config.DefaultLeaseTTL, MaxLeaseTTL: config.MaxLeaseTTL,
		RedirectAddr: config.APIAddr, ClusterName: config.ClusterName,
		MetricsHelper: metricsutil.NewMetricsHelper(memory, prometheus), MetricSink: sink,
	}, nil
}

// listen opens the port; with TLS unless the configuration turns it off. The function reads the certificate again.
func listen(config *configutil.Listener) (net.Listener, func() error, error) {
	listener, _, reload, err := server.NewListener(config, os.Stderr, console)
	if err != nil {
		return nil, nil, fmt.Errorf("listener: %w", err)
	}
	if reload == nil {
		return listener, func() error { return nil }, nil
	}
	return listener, reload, nil
}
