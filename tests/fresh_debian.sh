#!/usr/bin/env bash
# Both commands of the README on a Debian that has never seen this project: a fresh root with python3, python3-venv and
# git, a clone, and an ordinary account. Needs root and debootstrap on a Debian or Ubuntu machine.
#
#     sudo tests/fresh_debian.sh             demo and every test
#     sudo tests/fresh_debian.sh demo        the demonstration alone
#
# The root gets this machine's way out as it is at that moment (package source, resolver, certificates, pip's index) and
# nothing else; it is removed at the end. FRESH_ROOT=… keeps the debootstrapped packages from one run to the next.
set -euo pipefail
project=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
what=${1:-all}
[ "$(id -u)" = 0 ] || { echo "This needs root: sudo $0" >&2; exit 2; }
command -v debootstrap >/dev/null || { echo "This needs debootstrap: apt install debootstrap" >&2; exit 2; }

read -r mirror suite < <(apt-get indextargets --format '$(REPO_URI) $(CODENAME)' 'Created-By: Packages' | head -1)
work=$(mktemp -d)
root=$work/root
took() { echo "== $1: $((SECONDS - since)) s"; since=$SECONDS; }
since=$SECONDS

clean() {
    for place in dev/shm dev proc; do mountpoint -q "$root/$place" && umount -l "$root/$place"; done
    rm -rf --one-file-system "$work"
}
trap clean EXIT

packages=${FRESH_ROOT:-$work/packages}
mkdir -p "$packages"
debootstrap --variant=minbase --include=python3,python3-venv,git,ca-certificates --cache-dir="$packages" \
    "$suite" "$root" "$mirror" >"$work/debootstrap.log" || { tail -5 "$work/debootstrap.log" >&2; exit 1; }
took "a fresh $suite"

cp -L /etc/resolv.conf /etc/hosts "$root/etc/"
cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
index=$(python3 -m pip config get global.index-url 2>/dev/null || true)
mount -t proc proc "$root/proc"
mount --bind /dev "$root/dev"
mount -t tmpfs tmpfs "$root/dev/shm"
chmod 1777 "$root/dev/shm"
chroot "$root" useradd --create-home --shell /bin/bash newcomer
git -C "$project" bundle create --quiet "$root/home/newcomer/coach.bundle" HEAD
as_newcomer() {
    chroot --userspec=newcomer:newcomer "$root" /usr/bin/env -i HOME=/home/newcomer USER=newcomer LANG=C.UTF-8 \
        PATH=/usr/local/bin:/usr/bin:/bin ${index:+PIP_INDEX_URL="$index"} PIP_CERT=/etc/ssl/certs/ca-certificates.crt \
        bash -euo pipefail -c "cd ~; $1"
}
as_newcomer "git -c advice.detachedHead=false clone --quiet coach.bundle rls-coach; python3 --version"
took "a clone"

as_newcomer 'cd rls-coach; set -m  # with job control the demonstration hears of Ctrl-C
python3 -u dev.py demo --port 18999 >../demo.log 2>&1 &
demo=$!
for _ in $(seq 3600); do  # an hour: the first start installs everything
    grep -q "Ctrl-C" ../demo.log && break
    kill -0 $demo 2>/dev/null || break
    sleep 1
done
cat ../demo.log
python3 -c "import urllib.request; assert urllib.request.urlopen(\"http://127.0.0.1:18999/healthz\").read() == b\"ok\""
kill -INT -- -$demo
wait $demo'
took "python3 dev.py demo"
[ "$what" = demo ] && exit 0

as_newcomer 'cd rls-coach && python3 dev.py test'
took "python3 dev.py test"
