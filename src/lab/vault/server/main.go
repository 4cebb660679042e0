// A Vault server for a lab: the Vault core and its HTTP API as a library, with file storage, the kv, approle and userpass
// backends and the file audit device only. It takes the command line and the configuration of `vault server` and refuses
// what it does not have. It is for loopback and a lab's own bridge, never for production.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/vault/command/server"
	vaulthttp "github.com/hashicorp/vault/http"
	"github.com/hashicorp/vault/sdk/helper/logging"
	"github.com/hashicorp/vault/vault"
	"github.com/hashicorp/vault/version"
)

func main() {
	err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintf(os.Stderr, "vault-server: %v\n", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 1 && args[0] == "version" {
		fmt.Println(version.GetVersion().FullVersionNumber(true))
		return nil
	}
	if len(args) == 0 || args[0] != "server" {
		return errors.New("usage: vault-server server -config=FILE | version")
	}
	flags := flag.NewFlagSet("server", flag.ExitOnError)
	file := flags.String("config", "", "configuration file")
	if err := flags.Parse(args[1:]); err != nil {
		return err
	}
	config, err := readConfig(*file)
	if err != nil {
		return err
	}
	return serve(config)
}

func serve(config *server.Config) error {
	logger := logging.NewVaultLogger(hclog.LevelFromString(config.LogLevel))
	coreConfig, err := describeCore(config, logger)
	if err != nil {
		return err
	}
	core, err := vault.NewCore(coreConfig)
	if err != nil {
		return fmt.Errorf("core: %w", err)
	}
	listener, reloadCertificate, err := listen(config.Listeners[0])
	if err != nil {
		return err
	}
	api := &http.Server{
		Handler:           vaulthttp.Handler.Handler(&vault.HandlerProperties{Core: core, ListenerConfig: config.Listeners[0]}),
		ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 30 * time.Second, IdleTimeout: 5 * time.Minute,
		ErrorLog: logger.StandardLogger(nil),
	}
	ended := make(chan error, 1)
	go func() { ended <- api.Serve(listener) }()
	logger.Info("ready", "address", listener.Addr().String(), "storage", config.Storage.Config["path"])

	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGHUP, syscall.SIGINT, syscall.SIGTERM)
	for {
		select {
		case err := <-ended:
			return fmt.Errorf("http: %w", err)
		case got := <-signals:
			if got == syscall.SIGHUP {
				reload(coreConfig, reloadCertificate, logger)
				continue
			}
			return stop(core, api)
		}
	}
}

// reload opens the audit files anew, which a log rotator has moved away, and reads the certificate again.
func reload(config *vault.CoreConfig, reloadCertificate func() error, logger hclog.Logger) {
	config.ReloadFuncsLock.RLock()
	defer config.ReloadFuncsLock.RUnlock()
	for name, reopens := range *config.ReloadFuncs {
		for _, reopen := range reopens {
			if !strings.HasPrefix(name, "audit_file|") || reopen == nil {
				continue
			}
			if err := reopen(); err != nil {
				logger.Error("audit file not opened anew", "device", name, "error", err)
			}
		}
	}
	if err := reloadCertificate(); err != nil {
		logger.Error("certificate not read again", "error", err)
	}
	logger.Info("reloaded")
}

func stop(core *vault.Core, api *http.Server) error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := api.Shutdown(ctx); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("http: %w", err)
	}
	return core.ShutdownWait()
}
