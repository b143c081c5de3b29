#!/usr/bin/env bash
# Builds, serves, tests and packs diffae; `./build.sh help` lists the commands.
# What a machine lacks is installed through its ordinary package clients, and each installation is announced first.
set -euo pipefail

readonly CALLER="$PWD"
cd "$(dirname "${BASH_SOURCE[0]}")"

# Tools that belong to this build alone live outside the tree, so that a fresh clone finds them again.
readonly CACHE="${DIFFAE_CACHE:-$HOME/.cache/diffae}"
readonly TARGET="wasm32-unknown-unknown"
readonly NPM="tests/browser"
readonly BENCH="bench"

# What every current browser runs; wasm-opt refuses instructions that it was not told of.
readonly WASM_FEATURES=(
  --enable-simd --enable-bulk-memory --enable-nontrapping-float-to-int --enable-sign-ext
  --enable-mutable-globals --enable-reference-types --enable-multivalue
)

help() {
  cat <<'TEXT'
./build.sh             build the browser package into pkg/
./build.sh serve PORT  build it if needed and serve the page (port 8080 unless named)
./build.sh test        run every test: format, lints, docs, native, browser
./build.sh bench       measure it in Chromium, against onnxruntime-web with --onnx DIR; --help lists the options
./build.sh dist DIR    put the page, the package, the model and the sample photos into one folder for any static host
TEXT
}

say() { printf '\n==> %s\n' "$*"; }

die() {
  printf 'build.sh: %s\n' "$*" >&2
  exit 1
}

have() { command -v "$1" >/dev/null 2>&1; }

# A path as the caller's folder sees it.
absolute() {
  case "$1" in
    /*) printf '%s' "$1" ;;
    *) printf '%s/%s' "$CALLER" "$1" ;;
  esac
}

CARGO_TARGET_DIR="$(absolute "${CARGO_TARGET_DIR:-$PWD/target}")"
export CARGO_TARGET_DIR

# --- What a machine needs ---------------------------------------------------------------------------------------

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

need_node() {
  { have node && have npm; } || apt_install nodejs npm
  at_least "$(node --version | tr -d v)" 18.19 || die "Node 18.19 or later is needed, this is $(node --version)."
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

# Finds or installs the wasm-bindgen tool, which must be of the same version as the crate, and sets WASM_BINDGEN.
need_wasm_bindgen() {
  local version root
  version="$(awk -F'"' '/^name = "wasm-bindgen"$/ { getline; print $2 }' Cargo.lock)"
  root="$CACHE/wasm-bindgen-$version"
  WASM_BINDGEN="$root/bin/wasm-bindgen"
  [ ! -x "$WASM_BINDGEN" ] || return 0
  say "Installing wasm-bindgen-cli $version with cargo, into $root"
  # It runs for seconds at a time, so that a quick build of it is worth more than a quick tool. Its lock file can name
  # a release that a mirror does not have yet.
  local install=(env -u CARGO_TARGET_DIR CARGO_PROFILE_RELEASE_OPT_LEVEL=1 cargo install --quiet --root "$root" --version "$version")
  "${install[@]}" --locked wasm-bindgen-cli && return
  say "That version's own lock file cannot be met here; trying once more without it"
  "${install[@]}" wasm-bindgen-cli
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
  have apt-get && apt_install mesa-vulkan-drivers libvulkan1
}

# --- Building ---------------------------------------------------------------------------------------------------

# One hash over everything that a .wasm file is made of.
inputs() {
  {
    find src -type f -print0 | sort -z | xargs -0 sha256sum
    sha256sum Cargo.toml Cargo.lock build.sh "$NPM/package-lock.json"
    "$WASM_RUSTC" --version
  } | sha256sum | cut -d' ' -f1
}

# Makes pkg/diffae_$1.js, its types and its .wasm from the crate with features $2.
build_file() {
  local name="diffae_$1" features="$2" stamp="pkg/diffae_$1.stamp" hash wasm
  hash="$(inputs)"
  if [ -f "pkg/${name}_bg.wasm" ] && [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$hash" ]; then return 0; fi
  rm -f "$stamp"
  say "Building pkg/$name (features $features)"
  # Both files come from one output of cargo, which can then take either for the other.
  cargo clean --locked --quiet -p diffae --profile wasm --target "$TARGET"
  # A cdylib alone: cargo would also build the library's other kind, which nothing here needs.
  env "${WASM_ENV[@]}" cargo rustc --locked -p diffae --lib --crate-type cdylib --profile wasm --target "$TARGET" \
    --no-default-features --features "$features" "${WASM_FLAGS[@]}"
  wasm="$CARGO_TARGET_DIR/$TARGET/wasm/diffae.wasm"
  "$WASM_BINDGEN" --target web --out-dir pkg --out-name "$name" "$wasm"
  # Higher levels take minutes, compress worse and run no faster: the compiler has optimized already.
  "$NPM/node_modules/.bin/wasm-opt" -O1 "${WASM_FEATURES[@]}" "pkg/${name}_bg.wasm" -o "pkg/${name}_bg.wasm"
  printf '%s' "$hash" >"$stamp"
  printf 'pkg/%s_bg.wasm: %s bytes, %s gzipped\n' "$name" "$(wc -c <"pkg/${name}_bg.wasm")" "$(gzip -9c "pkg/${name}_bg.wasm" | wc -c)"
}

build() {
  need_rust
  need_npm build
  need_wasm_bindgen
  need_wasm_target
  build_file cpu web
  build_file gpu web,gpu
}

# What the browser tests compare with: the golden tensors' own computation as a wasm module, and the golden model.
build_parity() {
  local out="$NPM/generated" golden="tests/golden"
  say "Building the golden model and its computation for the browser"
  mkdir -p "$out"
  cargo run --locked --release --quiet -p diffae-cli -- convert --config "$golden/config.json" --precision f32 \
    --licence "synthetic pictures" --origin "the golden checkpoints" --output "$out/golden" \
    "$golden/checkpoints/tiny_autoenc_latent/last.ckpt" "$golden/checkpoints/tiny_autoenc_cls/last.ckpt"
  env "${WASM_ENV[@]}" cargo rustc --locked -p diffae --example browser_parity --profile wasm --target "$TARGET" \
    --no-default-features --features web,gpu "${WASM_FLAGS[@]}"
  "$WASM_BINDGEN" --target web --no-typescript --out-dir "$out" "$CARGO_TARGET_DIR/$TARGET/wasm/examples/browser_parity.wasm"
}

# --- Commands ---------------------------------------------------------------------------------------------------

serve() {
  build
  exec node "$NPM/serve.mjs" www "${1:-8080}"
}

dist() {
  [ -n "${1:-}" ] || die "name the folder to make: ./build.sh dist DIR"
  local folder
  folder="$(absolute "$1")"
  # Only a folder that this command made is replaced, never somebody's own files.
  if [ -e "$folder" ] && [ ! -f "$folder/.diffae-dist" ] && ! rmdir "$folder" 2>/dev/null; then
    die "$folder holds other things; name an empty or a new folder."
  fi
  build
  rm -rf "$folder"
  mkdir -p "$folder"
  # www/pkg links to the package; a host gets the files themselves.
  cp -RL www/. "$folder"
  rm -f "$folder"/pkg/*.stamp
  touch "$folder/.diffae-dist"
  say "$folder is ready: $(du -sh "$folder" | cut -f1) in $(find "$folder" -type f | wc -l) files"
}

bench() {
  local script="$PWD/$BENCH/bench.mjs"
  need_node
  need_npm test
  need_npm test "$BENCH"
  case " $* " in *" --help "*) exec node "$script" --help ;; esac
  need_chromium
  build
  say "Measuring"
  # Folders among the options are named as the caller sees them.
  cd "$CALLER"
  exec node "$script" "$@"
}

run_tests() {
  need_rust
  need_rust_component rustfmt fmt
  need_rust_component clippy clippy
  say "Format"
  cargo fmt --all --check
  say "Lints: library, tool and tests"
  cargo clippy --locked --workspace --all-targets -- -D warnings
  cargo clippy --locked --workspace --all-targets --features gpu -- -D warnings
  say "Lints: browser boundary"
  cargo clippy --locked -p diffae --lib --no-default-features --features web -- -D warnings
  cargo clippy --locked -p diffae --lib --no-default-features --features web,gpu -- -D warnings
  say "Documentation"
  RUSTDOCFLAGS="-D warnings" cargo doc --locked --workspace --no-deps --quiet
  say "Native tests"
  # Where the f32 weights and the test photos are at hand, the bundled model is compared with them, too.
  if [ -z "${DIFFAE_REFERENCE:-}" ] && [ -f ../shared/models/portrait64/portrait64.safetensors ]; then
    export DIFFAE_REFERENCE="$PWD/../shared"
  fi
  # WebGPU is the system's own on macOS and Windows; elsewhere, tests that find no adapter must not pass unseen.
  if [ "$(uname -s)" = Linux ] && need_vulkan; then export DIFFAE_GPU_TESTS=required; fi
  cargo test --locked --workspace --release --features gpu
  need_npm test
  need_chromium
  build
  build_parity
  say "Types of the package"
  "$NPM/node_modules/.bin/tsc" --noEmit -p "$NPM/types"
  say "Browser tests, in $("$CHROMIUM" --version 2>/dev/null || echo "$CHROMIUM")"
  # One file at a time: each drives a browser that computes on every core.
  node --test --test-concurrency=1 "$NPM"/*.test.mjs
  say "Every test passed"
}

main() {
  case "${1:-build}" in
    build) build ;;
    serve) serve "${2:-}" ;;
    dist) dist "${2:-}" ;;
    bench) bench "${@:2}" ;;
    test) run_tests ;;
    help | -h | --help) help ;;
    *)
      help >&2
      die "there is no command $1."
      ;;
  esac
}

# On one line with its end, so that a change to this file while it runs changes nothing.
main "$@"; exit
