#!/bin/sh
# Settles the root file system of all hosts; called by mmdebstrap with its path.
set -eu
root=$1
bundle=/etc/ssl/certs/ca-certificates.crt

# Kernel settings and modules belong to the machine, which the guest shares.
for unit in systemd-modules-load.service systemd-sysctl.service systemd-binfmt.service \
    proc-sys-fs-binfmt_misc.automount sys-kernel-debug.mount sys-kernel-tracing.mount \
    sys-kernel-config.mount apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer \
    e2scrub_all.timer fstrim.timer dnf-makecache.timer console-getty.service getty.target; do
    ln -sf /dev/null "$root/etc/systemd/system/$unit"
done

# Without CAP_SYS_RESOURCE on the machine, podman's own defaults can not be set.
mkdir -p "$root/etc/containers"
cat >"$root/etc/containers/containers.conf" <<'CONF'
[containers]
default_ulimits = ["nofile=20000:20000", "nproc=90000:90000"]
pids_limit = 0
CONF

for name in SSL_CERT_FILE REQUESTS_CA_BUNDLE PIP_CERT; do
    echo "$name=$bundle"
done >"$root/etc/environment"
mkdir -p "$root/etc/environment.d"
cp "$root/etc/environment" "$root/etc/environment.d/50-lab.conf"

# Users can read their own units' journal only when it is kept on disk.
mkdir -p "$root/var/log/journal" "$root/var/lib/systemd/linger"

chroot "$root" useradd --create-home --shell /bin/bash --uid 1000 \
    --groups systemd-journal alice
echo alice:100000:165536 | tee "$root/etc/subuid" >"$root/etc/subgid"
: >"$root/var/lib/systemd/linger/alice"

# Most hosts have something that asks for the network; where nothing does, podman's user units
# wait for it for 90 seconds (podman-user-wait-network-online.service).
wants=$root/etc/systemd/system/multi-user.target.wants
mkdir -p "$wants"
ln -sf /lib/systemd/system/network-online.target "$wants/network-online.target"

# Debian leaves rpm without a database, and dnf fails then for everyone but root.
chroot "$root" rpm --initdb

# Each host gets an identity of its own at its first boot.
: >"$root/etc/machine-id"
rm -f "$root/etc/hostname" "$root/etc/resolv.conf" "$root/var/lib/dbus/machine-id"
mkdir -p "$root/var/lib/containers"
