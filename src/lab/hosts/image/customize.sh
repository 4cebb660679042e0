#!/usr/bin/env bash
# The last step of mmdebstrap: customize.sh ROOT NOFILE_SO. Makes the system bootable as a container that is used like a
# machine. No key is in the image: each lab brings its own.
set -euo pipefail
root=$1 nofile=$2

# The login user of a Vagrant box, with sudo without a password.
chroot "$root" useradd -m -s /bin/bash vagrant
echo 'vagrant ALL=(ALL) NOPASSWD: ALL' >"$root/etc/sudoers.d/vagrant"
chmod 440 "$root/etc/sudoers.d/vagrant"

# Units that cannot or need not work in a container.
chroot "$root" systemctl mask -q systemd-udevd.service systemd-udevd-kernel.socket systemd-udevd-control.socket \
  systemd-udev-trigger.service systemd-modules-load.service sys-kernel-debug.mount sys-kernel-tracing.mount \
  sys-kernel-config.mount dev-hugepages.mount dev-mqueue.mount systemd-remount-fs.service getty.target \
  console-getty.service systemd-resolved.service systemd-timesyncd.service apt-daily.timer apt-daily-upgrade.timer \
  e2scrub_all.timer fstrim.timer
chroot "$root" systemctl set-default -q multi-user.target
chroot "$root" systemctl enable -q ssh
mkdir -p "$root/etc/systemd/journald.conf.d" "$root/etc/ssh/sshd_config.d"
printf '[Journal]\nStorage=volatile\nRuntimeMaxUse=16M\n' >"$root/etc/systemd/journald.conf.d/lab.conf"
printf '%s\n' 'HostKey /etc/ssh/ssh_host_ed25519_key' 'UseDNS no' 'GSSAPIAuthentication no' 'PasswordAuthentication no' \
  'MaxSessions 100' 'MaxStartups 100' >"$root/etc/ssh/sshd_config.d/lab.conf"

here=$(dirname "${BASH_SOURCE[0]}")
install -m 755 "$here/lab-init" "$root/sbin/lab-init"
install -m 644 "$nofile" "$root/usr/local/lib/lab-nofile.so"
rm -f "$root"/etc/ssh/ssh_host_* "$root/etc/machine-id" "$root/var/lib/dbus/machine-id"
: >"$root/etc/machine-id"
: >"$root/etc/hosts"
: >"$root/etc/hostname"
