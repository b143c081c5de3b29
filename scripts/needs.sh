# shellcheck shell=bash
# shellcheck disable=SC2034 # build.sh reads what is set here.
# What a machine needs to build and test diffae, found or installed through its ordinary package clients; each
# installation is announced first, and nothing that is there is touched. Sourced by build.sh.

have() { command -v "$1" >/dev/null 2>&1; }

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif have sudo; then
    sudo "$@"
  else
    die "run this as root or install sudo; it is needed for: $*"
  fi
}

installed() { [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

offered() { have apt-cache && [ -n "$(apt-cache madison "$1" 2>/dev/null)" ]; }

apt_install() {
  local missing=() package
  have apt-get || die "this machine has no apt-get; install these by hand and try again: $*"
  for package in "$@"; do
    installed "$package" || missing+=("$package")
  done
  [ "${#missing[@]}" -gt 0 ] || return 0
  say "Installing with apt-get: ${missing[*]}"
  as_root apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${missing[@]}"
}

# True where version $1 is at least version $2.
at_least() { printf '%s\n%s\n' "$2" "$1" | sort -V -C; }

need_rust() {
  local wanted found
  have cc || apt_install gcc libc6-dev
  # rustup writes this file, and a shell that was open before has not read it.
  # shellcheck disable=SC1091
  if ! have cargo && [ -f "$HOME/.cargo/env" ]; then . "$HOME/.cargo/env"; fi
  if ! have cargo; then
    if have apt-get; then as_root apt-get update -qq; fi
    if offered rustup; then
      apt_install rustup
      say "Installing Rust with rustup"
      rustup default stable
    else
      apt_install ca-certificates curl
      say "Installing Rust with rustup"
      curl --proto '=https' --tlsv1.2 -sSf https://sh.rustup.rs | sh -s -- -y --profile minimal
      # shellcheck disable=SC1091
      . "$HOME/.cargo/env"
    fi
  fi
  wanted="$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)"
  found="$(rustc --version | cut -d' ' -f2)"
  if ! at_least "$found" "$wanted" && have rustup; then
    say "Updating Rust $found to the stable release with rustup"
    rustup update stable
    found="$(rustc --version | cut -d' ' -f2)"
  fi
  at_least "$found" "$wanted" || die "Rust $wanted or later is needed, this is $found; install it with rustup."
}

need_rust_component() {
  cargo "$2" --version >/dev/null 2>&1 && return
  have rustup || die "cargo $2 is missing; install it with rustup component add $1."
  say "Installing $1 with rustup"
  rustup component add "$1"
}

# A compiler that watches what programs do, and one for C++; neither is needed for anything else.
need_fuzzer() {
  have c++ || apt_install g++
  have rustup || die "rustup is missing, which brings the nightly compiler that fuzzing needs."
  rustup run nightly rustc --version >/dev/null 2>&1 || {
    say "Installing the nightly compiler with rustup"
    rustup toolchain install nightly --profile minimal
  }
}

readonly NODE_OLDEST=20.19 NODE_NEWER=22.23.3

need_node() {
  { have node && have npm; } || apt_install nodejs npm
  at_least "$(node --version | tr -d v)" "$NODE_OLDEST" && return
  # Debian 12's is older than what drives the browsers; npm has newer ones as packages.
  local folder="$CACHE/node/$NODE_NEWER"
  if [ ! -x "$folder/node_modules/node/bin/node" ]; then
    say "Installing Node $NODE_NEWER, since this is $(node --version)"
    npm install --silent --no-save --prefix "$folder" "node@$NODE_NEWER"
  fi
  PATH="$folder/node_modules/node/bin:$PATH"
  export PATH
}

# npm packages at the versions of a lock file, $NPM's unless another folder is named: `build` takes wasm-opt alone,
# `test` everything.
need_npm() {
  local kind="$1" folder="${2:-$NPM}" stamp omit=() lock
  stamp="$folder/node_modules/.installed"
  need_node
  lock="$(sha256sum "$folder/package-lock.json" | cut -d' ' -f1)"
  if [ -f "$stamp" ]; then
    case "$(cat "$stamp")" in "test $lock" | "$kind $lock") return ;; esac
  fi
  if [ "$kind" = build ]; then omit=(--omit=dev); fi
  say "Installing the npm packages of $folder/package.json"
  npm ci --prefix "$folder" --no-audit --no-fund "${omit[@]}"
  printf '%s %s' "$kind" "$lock" >"$stamp"
}

# Licences and sources of crates, and what is known against them; notices of licences; lists of crates for machines; and fuzzing.
readonly CARGO_DENY=0.20.2 CARGO_ABOUT=0.9.3 CARGO_CYCLONEDX=0.5.9 CARGO_FUZZ=0.13.2

# Finds the program $1 of the crate $2 at version $3, or installs it with cargo and the options that follow into the cache, and
# prints its path.
cargo_tool() {
  local root="$CACHE/$1-$3"
  if [ ! -x "$root/bin/$1" ]; then
    say "Installing $2 $3 with cargo, into $root" >&2
    # It runs for seconds at a time, so that a quick build of it is worth more than a quick tool. Its lock file can name
    # a release that a mirror does not have yet.
    local install=(env -u CARGO_TARGET_DIR CARGO_PROFILE_RELEASE_OPT_LEVEL=1 cargo install --quiet --root "$root" --version "=$3" "$2" "${@:4}")
    if ! "${install[@]}" --locked >&2; then
      say "That version's own lock file cannot be met here; trying once more without it" >&2
      "${install[@]}" >&2
    fi
  fi
  printf '%s' "$root/bin/$1"
}

# Finds or installs the wasm-bindgen tool, which must be of the same version as the crate, and sets WASM_BINDGEN.
need_wasm_bindgen() {
  local version
  version="$(awk -F'"' '/^name = "wasm-bindgen"$/ { getline; print $2 }' Cargo.lock)"
  WASM_BINDGEN="$(cargo_tool wasm-bindgen wasm-bindgen-cli "$version")"
}

# Sets WASM_RUSTC, WASM_ENV and WASM_FLAGS: rustup's standard library for wasm32 where it can be had, otherwise
# Debian's compiler, which builds that library from source.
need_wasm_target() {
  local sysroot lld
  WASM_RUSTC=rustc
  WASM_ENV=(CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS="-C target-feature=+simd128")
  WASM_FLAGS=()
  sysroot="$(rustc --print sysroot)"
  [ ! -d "$sysroot/lib/rustlib/$TARGET/lib" ] || return 0
  if ! installed rustc-web && have rustup; then
    say "Installing the target $TARGET with rustup"
    if timeout 300 rustup target add "$TARGET"; then return 0; fi
    say "rustup could not fetch it; Debian's compiler takes its place"
  fi
  apt_install rustc-web rust-web-src libstd-rust-web-dev
  # Debian's compiler looks for a linker under the name that rustup's brings along.
  lld="$sysroot/lib/rustlib/$(rustc -vV | sed -n 's/^host: //p')/bin/rust-lld"
  if [ ! -x "$lld" ]; then
    apt_install lld
    lld="$(command -v wasm-ld)"
  fi
  WASM_RUSTC=/usr/bin/rustc
  WASM_ENV+=(RUSTC="$WASM_RUSTC" RUSTC_BOOTSTRAP=1 CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER="$lld")
  WASM_FLAGS=("-Zbuild-std=std,panic_abort")
}

# Sets THREADS_ENV and THREADS_FLAGS, by which need_wasm_target's compiler makes a wasm file whose memory several workers
# share: with a standard library that takes turns at it, built from source.
need_wasm_threads() {
  local option flags="-Ctarget-feature=+simd128,+atomics,+bulk-memory"
  # The memory is made by whoever starts the first of them; 1 GiB is room for the largest model that a CPU is asked for.
  for option in --shared-memory --import-memory --max-memory=1073741824 --export=__wasm_init_tls --export=__tls_size \
    --export=__tls_align --export=__tls_base; do flags+=" -Clink-arg=$option"; done
  THREADS_ENV=("${WASM_ENV[@]}" RUSTC_BOOTSTRAP=1 CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS="$flags")
  THREADS_FLAGS=("-Zbuild-std=std,panic_abort")
  [ "$WASM_RUSTC" = rustc ] || return 0
  [ -d "$(rustc --print sysroot)/lib/rustlib/src/rust/library" ] || {
    say "Installing the source of the standard library with rustup"
    rustup component add rust-src
  }
}

# Finds or installs a Chromium for the tests, which read its path in CHROMIUM.
need_chromium() {
  export CHROMIUM="${CHROMIUM:-/usr/bin/chromium}"
  [ ! -x "$CHROMIUM" ] || return 0
  # Ubuntu's package of that name only points at a snap, which headless tests cannot drive.
  if [ -f /etc/debian_version ] && ! grep -qi ubuntu /etc/os-release; then
    apt_install chromium
    CHROMIUM=/usr/bin/chromium
  else
    say "Installing Chromium with playwright-core"
    (cd "$NPM" && npx playwright-core install --with-deps chromium)
    CHROMIUM="$(cd "$NPM" && node -p 'require("playwright-core").chromium.executablePath()')"
  fi
}

# Debian's software Vulkan driver, so that native GPU tests find an adapter on any machine.
need_vulkan() {
  apt_install mesa-vulkan-drivers libvulkan1
}

# Whether apt's lists of packages have ever been fetched.
listed() { [ -n "$(find /var/lib/apt/lists -name '*_Packages*' -print -quit 2>/dev/null)" ]; }

# Firefox and WebKit for the journeys through every engine, where they are named or found or the system's packages have
# them. Nothing else needs them: a journey through one that is missing says so, nobody is asked to be root, and no network is an
# error.
need_engines() {
  local package wanted=() found=()
  [ -n "${FIREFOX:-}" ] || have firefox-esr || have firefox || wanted+=(firefox-esr)
  [ -n "${WEBKIT_DRIVER:-}" ] || have WebKitWebDriver || wanted+=(webkit2gtk-driver)
  have xvfb-run || wanted+=(xvfb)
  [ "${#wanted[@]}" -gt 0 ] || return 0
  # Nobody is asked for a password either.
  if ! have apt-get || ! { [ "$(id -u)" -eq 0 ] || sudo -n true 2>/dev/null; }; then
    say "Journeys go without ${wanted[*]}, which only root can install, with apt-get"
    return 0
  fi
  listed || as_root apt-get update -qq || say "The lists of packages cannot be fetched"
  for package in "${wanted[@]}"; do
    if offered "$package"; then found+=("$package"); else say "This system offers no $package"; fi
  done
  [ "${#found[@]}" -eq 0 ] || (apt_install "${found[@]}") || say "Journeys go without ${found[*]}, which could not be installed"
}
