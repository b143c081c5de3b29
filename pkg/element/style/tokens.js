// Colours, type and rhythm. Colours follow the used color-scheme, so a page that is light only keeps a light editor.
// A page can set --diffae-accent, --diffae-accent-ink and --diffae-radius.

export const tokens = `
:host {
  --paper: light-dark(#fbf8f3, #15120f);
  --surface: light-dark(#ffffff, #201c18);
  --sunken: light-dark(#f1ebe2, #2b2620);
  --ink: light-dark(#231d17, #f6f0e8);
  --soft: light-dark(#665b4f, #b9ad9f);
  --line: light-dark(#e3d9cb, #3b342c);
  --strong-line: light-dark(#8f8272, #857a6d);
  --accent: var(--diffae-accent, light-dark(#c23b12, #ff9a70));
  --accent-ink: var(--diffae-accent-ink, light-dark(#ffffff, #2b1107));
  --accent-wash: color-mix(in srgb, var(--accent) 11%, var(--surface));
  --trouble: light-dark(#9c1c1c, #ffb4a8);
  --trouble-wash: light-dark(#fdeceb, #3a1a17);
  --radius: var(--diffae-radius, 14px);
  --shadow: 0 1px 2px light-dark(#2b1d0d14, #0006), 0 12px 32px -12px light-dark(#2b1d0d2e, #000a);
  display: block;
  container-type: inline-size;
  color: var(--ink);
  font: 400 16px/1.5 system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif;
  text-align: start;
}
*, *::before, *::after { box-sizing: border-box; }
:host([hidden]), [hidden] { display: none !important; }
h2 { margin: 0; font-size: clamp(24px, 4cqi, 32px); line-height: 1.15; letter-spacing: -0.02em; font-weight: 680; text-wrap: balance; }
p { margin: 0; }
.hint { color: var(--soft); font-size: 14px; line-height: 1.45; }
.icon { flex: none; display: block; }
.icon.along:dir(rtl) { scale: -1 1; }
.visually-hidden {
  position: absolute; width: 1px; height: 1px; margin: -1px; padding: 0; border: 0;
  overflow: hidden; clip-path: inset(50%); white-space: nowrap;
}
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; }
`;
