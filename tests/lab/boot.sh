#!/bin/sh
# The first process in a host's namespaces: builds its file system view and becomes systemd.
set -eu
lower=$1 scratch=$2 name=$3
root=$scratch/root

mount --make-rprivate /
mount -t overlay -o "lowerdir=$lower,upperdir=$scratch/upper,workdir=$scratch/work" overlay "$root"

# A fresh disk gets what an administrator would have put there; a rebooted one keeps its own.
if [ ! -e "$scratch/seeded" ]; then
    cp -a "$root/home/." "$scratch/home"
    cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
    cp -L /etc/resolv.conf "$root/etc/resolv.conf"
    echo "$name" >"$root/etc/hostname"
    printf '127.0.0.1 localhost\n127.0.1.1 %s\n::1 localhost\n' "$name" >"$root/etc/hosts"
    : >"$scratch/seeded"
fi

# Podman can not put its layers (an overlay) onto another overlay.
mount --bind "$scratch/containers" "$root/var/lib/containers"
mount --bind "$scratch/home" "$root/home"
mount --bind "$scratch/var-tmp" "$root/var/tmp"

mount -t proc -o nosuid,nodev,noexec proc "$root/proc"
mount -t sysfs -o nosuid,nodev,noexec sysfs "$root/sys"
mount -t cgroup2 -o nosuid,nodev,noexec cgroup2 "$root/sys/fs/cgroup"
mount -t tmpfs -o nosuid,nodev,mode=755 tmpfs "$root/run"

# Own nodes, not the machine's: rootless users must be able to open tun and fuse.
mount -t tmpfs -o nosuid,mode=755 tmpfs "$root/dev"
node() { mknod -m "$1" "$root/dev/$2" c "$3" "$4"; }
umask 0
node 666 null 1 3
node 666 zero 1 5
node 666 full 1 7
node 666 random 1 8
node 666 urandom 1 9
node 666 tty 5 0
node 666 fuse 10 229
mkdir -p -m 755 "$root/dev/net" "$root/dev/pts"
node 666 net/tun 10 200
mkdir -m 1777 "$root/dev/shm"
umask 022
mount -t tmpfs -o nosuid,nodev,mode=1777 tmpfs "$root/dev/shm"
mount -t devpts -o newinstance,nosuid,noexec,gid=5,mode=620,ptmxmode=666 devpts "$root/dev/pts"
ln -s pts/ptmx "$root/dev/ptmx"
ln -s /proc/self/fd "$root/dev/fd"
for pair in 0:stdin 1:stdout 2:stderr; do
    ln -s "/proc/self/fd/${pair%%:*}" "$root/dev/${pair#*:}"
done

hostname "$name"
cd "$root"
pivot_root . mnt
umount -l /mnt
# Rootless podman loses the mounts below a private root.
mount --make-rshared /
exec env -i container=other PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    /lib/systemd/systemd </dev/null
