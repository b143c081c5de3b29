// Buttons, ranges, tabs, progress bars and the notice: the parts that every screen shares.

export const controls = `
.button {
  display: inline-flex; align-items: center; justify-content: center; gap: 8px;
  min-height: 44px; padding: 8px 16px; border: 1px solid var(--strong-line); border-radius: 12px;
  background: var(--surface); color: var(--ink); font: inherit; font-weight: 560; line-height: 1.2; cursor: pointer;
  transition: background-color 120ms, border-color 120ms, transform 120ms;
}
.button:hover:not(:disabled, [aria-disabled]) { background: var(--sunken); }
.button:active:not(:disabled, [aria-disabled]) { transform: translateY(1px); }
.button:disabled, .button[aria-disabled] { color: var(--soft); border-color: var(--line); cursor: default; }
.button.primary { background: var(--accent); border-color: var(--accent); color: var(--accent-ink); }
.button.primary:hover:not(:disabled, [aria-disabled]) { background: color-mix(in srgb, var(--accent) 88%, var(--ink)); }
.button.primary:disabled, .button.primary[aria-disabled] { background: var(--sunken); border-color: var(--line); color: var(--soft); }
.button.large { min-height: 52px; padding: 12px 28px; font-size: 17px; border-radius: 14px; }
.button.quiet { border-color: transparent; background: transparent; }
.button.quiet:hover:not(:disabled, [aria-disabled]) { background: var(--sunken); }
.button[aria-pressed=true] { background: var(--accent-wash); border-color: var(--accent); }
.link { min-height: 44px; padding: 0; border: 0; background: none; color: var(--accent); font: inherit; font-weight: 560; text-decoration: underline; text-underline-offset: 3px; cursor: pointer; }
.visually-hidden:focus-visible + .button { outline: 3px solid var(--accent); outline-offset: 2px; }
.actions { display: flex; flex-wrap: wrap; align-items: center; gap: 8px; }

input[type=range] {
  appearance: none; width: 100%; height: 44px; margin: 0; background: none; cursor: pointer;
  --forwards: right;
  --track: linear-gradient(to var(--forwards), var(--sunken) var(--from, 0%), var(--accent) var(--from, 0%) var(--to, 0%), var(--sunken) var(--to, 0%));
}
input[type=range]:dir(rtl) { --forwards: left; }
input[type=range]::-webkit-slider-runnable-track { height: 6px; border-radius: 3px; background: var(--track); box-shadow: inset 0 0 0 1px light-dark(#2b1d0d1f, #fff1); }
input[type=range]::-moz-range-track { height: 6px; border-radius: 3px; background: var(--track); box-shadow: inset 0 0 0 1px light-dark(#2b1d0d1f, #fff1); }
input[type=range]::-webkit-slider-thumb {
  appearance: none; width: 22px; height: 22px; margin-top: -8px; border-radius: 50%;
  background: var(--surface); border: 2px solid var(--strong-line); box-shadow: 0 1px 3px #0003;
}
input[type=range]::-moz-range-thumb { width: 18px; height: 18px; border-radius: 50%; background: var(--surface); border: 2px solid var(--strong-line); box-shadow: 0 1px 3px #0003; }
.active input[type=range]::-webkit-slider-thumb { border-color: var(--accent); background: var(--accent); }
.active input[type=range]::-moz-range-thumb { border-color: var(--accent); background: var(--accent); }
input[type=range]:focus-visible { outline-offset: -6px; border-radius: 10px; }

.row { display: grid; grid-template-columns: 8.2em minmax(0, 1fr) 2.6em 32px; align-items: center; column-gap: 8px; }
.row label { font-size: 15px; font-weight: 520; overflow-wrap: anywhere; line-height: 1.2; }
.row output { color: var(--soft); font-size: 14px; font-variant-numeric: tabular-nums; text-align: end; }
/* A sign stays before its number. */
.row output { direction: ltr; }
.row output:dir(rtl) { text-align: left; }
.row.active output { color: var(--ink); font-weight: 600; }
.row label { order: 0; } .row input { order: 1; } .row output { order: 2; } .row .clear { order: 3; }
.row.plain { grid-template-columns: 4em minmax(0, 1fr); }
.row.fill { grid-template-columns: 1fr auto; flex: 1; justify-self: stretch; }
.row.fill input { grid-column: 1 / -1; order: 3; }
.clear { width: 32px; height: 44px; display: grid; place-items: center; padding: 0; border: 0; border-radius: 8px; background: none; color: var(--soft); cursor: pointer; }
.clear:hover { color: var(--ink); }
.clear[hidden] { display: grid !important; visibility: hidden; }
.clear .icon { width: 16px; height: 16px; }

.presets { display: flex; align-items: center; flex-wrap: wrap; gap: 6px; margin-bottom: 12px; }
.preset { min-height: 44px; padding: 6px 14px; border: 1px solid var(--line); border-radius: 22px; background: var(--surface); color: var(--ink); font: inherit; font-size: 15px; font-weight: 520; cursor: pointer; transition: border-color 120ms, background-color 120ms; }
.preset[aria-pressed=true] { border-color: var(--accent); background: var(--accent-wash); }
.preset:hover { border-color: var(--accent); background: var(--accent-wash); }

.tabs { display: flex; flex-wrap: wrap; gap: 0 2px; margin-bottom: 16px; border-bottom: 1px solid var(--line); }
.tabbed { min-width: 0; }
.tab { flex: none; min-height: 44px; padding: 8px clamp(7px, 2cqi, 11px); border: 0; border-bottom: 3px solid transparent; margin-bottom: -1px; background: none; color: var(--soft); font: inherit; font-weight: 560; cursor: pointer; }
.tab:hover { color: var(--ink); }
.tab[aria-selected=true] { color: var(--ink); border-bottom-color: var(--accent); }
.tab:focus-visible { outline-offset: -3px; border-radius: 8px; }
.panel > div:not(.sliders) { display: grid; gap: 14px; justify-items: start; }

.segments { display: inline-flex; padding: 3px; border-radius: 12px; background: var(--sunken); }
.segment { display: inline-flex; align-items: center; gap: 6px; min-height: 44px; padding: 4px 12px; border: 0; border-radius: 9px; background: none; color: var(--soft); font: inherit; font-size: 14px; font-weight: 560; cursor: pointer; }
.segment[aria-pressed=true] { background: var(--surface); color: var(--ink); box-shadow: 0 1px 3px #0002; }
.switch { display: inline-flex; align-items: center; gap: 10px; min-height: 44px; font-size: 14px; font-weight: 520; cursor: pointer; }
.switch input { appearance: none; flex: none; width: 40px; height: 24px; margin: 0; border-radius: 12px; background: var(--strong-line); cursor: pointer; transition: background-color 150ms; }
.switch input::before { content: ''; display: block; width: 18px; height: 18px; margin: 3px; border-radius: 50%; background: var(--surface); transition: translate 150ms; }
.switch input:checked { background: var(--accent); }
.switch input:checked::before { translate: 16px 0; }
.switch input:dir(rtl):checked::before { translate: -16px 0; }
.switch input:disabled { opacity: 0.4; }

progress { appearance: none; display: block; width: 100%; height: 10px; border: 0; border-radius: 5px; background: var(--sunken); overflow: hidden; }
progress::-webkit-progress-bar { background: var(--sunken); }
progress::-webkit-progress-value { background: var(--accent); border-radius: 5px; transition: width 160ms linear; }
progress::-moz-progress-bar { background: var(--accent); border-radius: 5px; }
progress:indeterminate { background: linear-gradient(90deg, var(--sunken) 20%, var(--accent) 50%, var(--sunken) 80%) 0 0 / 200% 100%; animation: wait 1.4s linear infinite; }
progress:indeterminate::-webkit-progress-bar { background: transparent; }
@keyframes wait { to { background-position: -200% 0; } }
progress.thin { height: 3px; border-radius: 2px; }

.notice { display: flex; flex-wrap: wrap; align-items: center; gap: 12px; padding: 12px 16px; border: 1px solid var(--trouble); border-radius: var(--radius); background: var(--trouble-wash); color: var(--trouble); }
.notice-text { flex: 1 1 220px; font-weight: 520; overflow-wrap: anywhere; }
.notice-exact { margin-block-start: 2px; font-size: 14px; font-weight: 400; }
.notice-actions { display: flex; gap: 8px; }

.machine { display: flex; flex-wrap: wrap; gap: 10px; align-items: center; min-width: 0; }
.machine .device { flex: 1 1 280px; min-width: 0; }
/* The width of its longest option is none that a narrow page has. */
.model { position: relative; flex: 0 1 400px; min-width: 0; overflow: clip; overflow-clip-margin: 6px; }
.model select { min-height: 44px; padding: 0 10px; border: 1px solid var(--line); border-radius: 10px; background: var(--surface); color: var(--ink); font: inherit; font-size: 14px; width: 100%; min-width: 0; }
.device { display: flex; align-items: center; gap: 10px; flex-wrap: wrap; color: var(--soft); font-size: 14px; }
.device-sentence { flex: 1 1 160px; }
.device select { min-height: 44px; padding: 0 10px; border: 1px solid var(--line); border-radius: 10px; background: var(--surface); color: var(--ink); font: inherit; }
.device[data-kind=gpu] .icon { color: var(--accent); }

@media (prefers-reduced-motion: reduce) {
  *, *::before, *::after { animation-duration: 0.01ms !important; animation-iteration-count: 1 !important; transition-duration: 0.01ms !important; }
}
`;
