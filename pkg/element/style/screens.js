// How the screens are laid out: one column where the element is narrow, two where it is wide.

export const screens = `
.shell { display: grid; grid-template-columns: minmax(0, 1fr); gap: 20px; }
.start { display: grid; gap: 32px; }
.start-words { display: grid; gap: 24px; align-content: start; min-width: 0; }
.start-words > .actions .quiet { margin-inline-start: -17px; }
.start-show { display: grid; gap: 20px; align-content: start; min-width: 0; }
::slotted([slot=intro]) { margin: 0; }
.drop {
  display: grid; justify-items: center; gap: 12px; padding: 28px 20px; text-align: center;
  border: 2px dashed var(--strong-line); border-radius: 20px; background: var(--surface); position: relative;
  transition: border-color 150ms, background-color 150ms;
}
:host([dragging]) .drop { border-color: var(--accent); background: var(--accent-wash); }
.drop-icon { display: grid; place-items: center; width: 52px; height: 52px; border-radius: 50%; background: var(--accent-wash); color: var(--accent); }
.drop-icon .icon { width: 26px; height: 26px; }
.drop-title { font-size: 18px; font-weight: 620; letter-spacing: -0.01em; }
.offer { display: flex; flex-wrap: wrap; align-items: center; gap: 12px 14px; padding: 14px; border: 1px solid var(--line); border-radius: 20px; background: var(--surface); box-shadow: var(--shadow); }
.offer-thumb { flex: none; width: 64px; height: 64px; object-fit: cover; border-radius: 14px; background: var(--sunken); }
.offer-words { flex: 1 1 170px; min-width: 0; }
.offer-title { font-weight: 620; overflow-wrap: anywhere; }
.samples { display: grid; gap: 10px; }
.sample-row { display: flex; gap: clamp(4px, 1.6cqi, 10px); }
.sample { flex: 0 1 60px; min-width: 44px; aspect-ratio: 1; padding: 0; border: 0; border-radius: 50%; background: var(--sunken); cursor: pointer; overflow: hidden; transition: transform 150ms, box-shadow 150ms; }
.sample:hover { transform: translateY(-2px); box-shadow: 0 0 0 3px var(--paper), 0 0 0 5px var(--accent); }
.sample img { display: block; width: 100%; height: 100%; object-fit: cover; }
.facts { display: grid; gap: 10px; margin: 0; padding: 0; list-style: none; color: var(--soft); font-size: 14px; line-height: 1.45; }
.facts li { display: grid; grid-template-columns: 20px 1fr; gap: 10px; align-items: start; }
.facts .icon { color: var(--accent); }

.two { display: grid; gap: 20px; }
.main > :focus { outline: none; }
.two > .left { min-width: 0; display: grid; gap: 12px; align-content: start; }
.two > .right { min-width: 0; display: grid; gap: 14px; align-content: start; justify-items: stretch; }
.frame-view .right > .button { justify-self: start; }
.frame-view .actions { margin-top: 6px; }

.stage { position: relative; width: 100%; aspect-ratio: 1; border-radius: 20px; overflow: hidden; background: #1b1815; box-shadow: var(--shadow); }
.frame-stage { cursor: grab; touch-action: none; user-select: none; }
.frame-stage:active { cursor: grabbing; }
.frame-stage.marking { cursor: crosshair; }
.frame-canvas, .guides { position: absolute; inset: 0; width: 100%; height: 100%; pointer-events: none; }
.guides .dim { fill: #14100ca8; }
.guides .brackets { fill: none; stroke: #fff; stroke-width: 0.9; stroke-linecap: round; stroke-linejoin: round; filter: drop-shadow(0 0 0.6px #000); }
.guides .ring { fill: none; stroke: #fff; stroke-width: 0.55; filter: drop-shadow(0 0 0.4px #000c); }
.guides .ring-dot { fill: #ffb089; }
.guides .eye-line { fill: none; stroke: #ffffff9c; stroke-width: 0.3; stroke-dasharray: 1.2 1.2; }
.guides .eye-mark { fill: #ff8a5c; stroke: #fff; stroke-width: 0.6; }
.marking .rings { opacity: 0.35; }
.frame-stage.still, .frame-stage.still:active { cursor: default; }
.frame-stage.still { touch-action: auto; }
.frame-draft { position: absolute; inset: 12%; width: 76%; height: 76%; pointer-events: none; }
.eye-handles { position: absolute; inset: 0; pointer-events: none; }
.eye-handle { position: absolute; translate: -50% -50%; width: 44px; height: 44px; padding: 0; border: 0; border-radius: 50%; background: none; pointer-events: auto; cursor: grab; touch-action: none; }
.eye-handle::before { content: ''; position: absolute; inset: 9px; border: 2.5px solid #ff8a5c; border-radius: 50%; box-shadow: 0 0 0 1.5px #fff, inset 0 0 0 1.5px #fffc, 0 1px 5px #000a; transition: inset 120ms; }
.eye-handle:hover::before, .eye-handle:focus-visible::before { inset: 7px; }
.eye-handle:active { cursor: grabbing; }
.eye-handle:active::before { inset: 4px; }
.eye-handle:focus-visible { outline: 3px solid #fff; outline-offset: -4px; }
:has(> .eye-handles) .rings { opacity: 0.4; }
.busy .eye-handle:not(:hover, :focus-visible) { opacity: 0.55; }

.photo { position: relative; width: min(100%, calc(var(--tall) * var(--ratio, 1.333))); aspect-ratio: var(--ratio, 1.333); margin-inline: auto; border-radius: 18px; overflow: hidden; background: var(--sunken); box-shadow: var(--shadow); --tall: min(64vh, 620px); }
.photo-canvas { position: absolute; inset: 0; width: 100%; height: 100%; }
.searching::after { content: ''; position: absolute; inset: 0; background: linear-gradient(100deg, transparent 35%, #ffffff47 50%, transparent 65%) 0 0 / 300% 100%; animation: search 1.6s linear infinite; }
@keyframes search { from { background-position: 120% 0; } to { background-position: -20% 0; } }
.outlines { position: absolute; inset: 0; container-type: size; }
/* As large as the face, but never too small for a finger. */
.outline { position: absolute; display: grid; place-items: center; translate: -50% -50%; width: max(44px, var(--wide) * 1cqw); height: max(44px, var(--high) * 1cqh); padding: 0; border: 0; border-radius: 14px; background: none; cursor: pointer; }
.outline::before { content: ''; width: calc(var(--wide) * 1cqw); height: calc(var(--high) * 1cqh); border: 2.5px solid #fff; border-radius: min(14px, 30%); box-shadow: 0 0 0 1.5px #0009, inset 0 0 0 1.5px #0009; transition: background-color 120ms, border-color 120ms; }
.outline:hover::before, .outline:focus-visible::before { border-color: #ff8a5c; background: #ff8a5c33; }
.outline:focus-visible { outline: 3px solid #fff; outline-offset: 1px; }
.said { display: grid; gap: 8px; }
.frame-view .said { padding: 10px 14px; border-radius: var(--radius); background: var(--accent-wash); font-weight: 520; }
.by-hand .button { margin-bottom: 8px; }
.by-hand summary { min-height: 44px; display: flex; align-items: center; color: var(--accent); font-weight: 560; cursor: pointer; border-radius: 8px; }

.drop .actions { justify-content: center; gap: 2px; margin-block: -4px; }
.drop .actions .button { padding-inline: 10px; }
.camera { position: relative; width: min(100%, calc(min(64vh, 620px) * var(--ratio, 1.333))); aspect-ratio: var(--ratio, 1.333); margin-inline: auto; border-radius: 20px; overflow: hidden; background: #1b1815; box-shadow: var(--shadow); }
.camera video { display: block; width: 100%; height: 100%; object-fit: cover; }
.camera.mirrored video { transform: scaleX(-1); }
.camera-guide { position: absolute; inset: 0; width: 100%; height: 100%; pointer-events: none; overflow: visible; }
.camera-guide .oval { fill: none; stroke: #fff; stroke-width: 0.7; stroke-dasharray: 2 1.4; filter: drop-shadow(0 0 0.6px #000); }
.camera-guide .eye { fill: none; stroke: #fff; stroke-width: 0.5; filter: drop-shadow(0 0 0.4px #000c); }

.picture { display: block; width: 100%; height: auto; aspect-ratio: var(--ratio, 1); }
.progress { display: grid; gap: 8px; padding: 16px; border-radius: var(--radius); background: var(--surface); border: 1px solid var(--line); }
.progress-title { font-weight: 600; }
.progress-detail { color: var(--soft); font-size: 14px; font-variant-numeric: tabular-nums; }

.pictures { position: relative; display: grid; gap: 10px; margin-inline: auto; --tall: min(50vh, 600px); border-radius: 18px; touch-action: pan-x pan-y; user-select: none; -webkit-user-select: none; -webkit-touch-callout: none; }
.pictures[data-zoomed=true] { touch-action: none; cursor: grab; }
.pictures[data-zoomed=true]:active { cursor: grabbing; }
.pictures figure { position: relative; margin: 0; border-radius: 18px; overflow: hidden; background: var(--sunken); box-shadow: var(--shadow); }
.pictures figcaption { position: absolute; inset-inline-start: 8px; inset-block-end: 8px; padding: 2px 9px; border-radius: 10px; background: #14100cb8; color: #fff; font-size: 12px; font-weight: 600; letter-spacing: 0.01em; }
.pictures.held .after figcaption { background: #fff; color: #231d17; }
.layers { position: relative; transform-origin: 0 0; transform: scale(var(--look-scale)) translate(calc(-100% * var(--look-left)), calc(-100% * var(--look-top))); }
.layers + .layers { position: absolute; inset: 0; }
.pictures[data-glide=true] .layers { transition: transform 180ms ease-out; }
.part { position: absolute; }
.pictures[data-view=side] { grid-template-columns: 1fr 1fr; width: min(100%, calc(2 * var(--tall) * var(--ratio, 1) + 10px)); }
.pictures[data-view=side] .divider, .pictures[data-view=side] .handle { display: none; }
/* What the divider parts lies left and right of it in every language. */
.pictures[data-view=slide] { width: min(100%, calc(var(--tall) * var(--ratio, 1))); direction: ltr; touch-action: pan-y; cursor: ew-resize; }
.pictures[data-view=slide][data-zoomed=true] { touch-action: none; cursor: grab; }
.pictures[data-view=slide] figure { grid-area: 1 / 1; }
.pictures[data-view=slide] .after { clip-path: inset(0 0 0 var(--split)); box-shadow: none; }
.pictures[data-view=slide] .after figcaption { inset-inline: auto 8px; }
.divider { grid-area: 1 / 1; z-index: 2; position: absolute; inset: 0; height: 100% !important; opacity: 0; cursor: inherit !important; }
.handle { position: absolute; inset-block: 0; inset-inline-start: var(--split); width: 0; border-inline-start: 2px solid #fff; z-index: 1; pointer-events: none; filter: drop-shadow(0 0 2px #0008); }
.handle span { position: absolute; inset-block-start: 50%; inset-inline-start: -1px; translate: -50% -50%; display: grid; place-items: center; width: 36px; height: 36px; border-radius: 50%; background: #fff; color: #231d17; }
.pictures:has(.divider:focus-visible) .handle span { outline: 3px solid var(--accent); outline-offset: 2px; }
.looking { display: flex; flex-wrap: wrap; align-items: center; gap: 8px 12px; }
.zoom .segment { min-width: 44px; padding-inline: 8px; justify-content: center; font-variant-numeric: tabular-nums; }
.zoom .segment:nth-child(2) { min-width: 52px; }
.zoom .segment[aria-disabled=true] { opacity: 0.55; cursor: default; }
.hold { touch-action: none; user-select: none; -webkit-user-select: none; -webkit-touch-callout: none; }
.state { display: grid; grid-template-columns: 1fr auto; align-items: center; gap: 2px 12px; }
.state .thin { grid-column: 1 / -1; }
.state .thin { opacity: 0; transition: opacity 150ms; }
.compare:has(.busy) + .state .thin { opacity: 1; }
.status { color: var(--soft); font-size: 14px; }
.steps { display: flex; justify-content: end; gap: 8px; }
.state .button { margin-inline-end: -12px; padding-inline: 12px; font-size: 15px; }
.below { display: grid; gap: 16px; min-width: 0; }
.toolbar { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: 8px 16px; }
.switches { display: flex; flex-wrap: wrap; gap: 4px 20px; }
.save { display: grid; gap: 12px; }
.save-photo { display: flex; flex-wrap: wrap; align-items: center; gap: 8px 14px; }
.save-photo .hint { flex: 1 1 200px; }
.save .quality { grid-template-columns: 4em minmax(0, 240px) 2.6em; }
.kept { display: flex; flex-wrap: wrap; align-items: center; justify-content: space-between; gap: 4px 20px; }
.kept .hint { flex: 1 1 240px; }
.proof summary { min-height: 44px; padding: 10px 0; cursor: pointer; border-radius: 8px; font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.proof-more { display: grid; gap: 8px; padding-block: 4px 8px; overflow-wrap: anywhere; }
.joined { display: inline-flex; }
.joined .button { border-start-end-radius: 0; border-end-end-radius: 0; }
.joined select { min-height: 44px; padding: 0 10px; border: 1px solid var(--strong-line); border-inline-start: 0; border-start-end-radius: 12px; border-end-end-radius: 12px; background: var(--surface); color: var(--ink); font: inherit; font-size: 15px; }

.ways { display: grid; gap: 12px; }
.ways > .actions .button { padding-inline: 12px; font-size: 15px; }
.ways > .actions > .button:not(.quiet, .primary) { border-color: var(--line); }
.ways > .status:empty { display: none; }
.drag-out { display: none; cursor: grab; user-select: none; }
@media (any-pointer: fine) { .drag-out { display: inline-flex; } }
.video { display: grid; gap: 12px; padding: 14px 16px; border: 1px solid var(--line); border-radius: var(--radius); background: var(--surface); }
.video-form { display: flex; flex-wrap: wrap; align-items: end; gap: 10px 14px; }
.video-work { display: grid; grid-template-columns: minmax(0, 1fr) auto; align-items: center; gap: 14px; }
.field { display: grid; gap: 4px; min-width: 0; flex: 1 1 160px; }
.field:first-child { flex: 2 1 240px; }
.field label { font-size: 14px; font-weight: 520; }
.field select { min-height: 44px; min-width: 0; width: 100%; padding: 0 10px; border: 1px solid var(--strong-line); border-radius: 10px; background: var(--surface); color: var(--ink); font: inherit; font-size: 15px; }

.all summary { min-height: 44px; display: flex; align-items: center; color: var(--accent); font-weight: 560; cursor: pointer; border-radius: 8px; }
.sliders fieldset { margin: 0 0 8px; padding: 8px 0 0; border: 0; border-top: 1px solid var(--line); min-width: 0; }
.sliders legend { float: inline-start; width: 100%; padding: 4px 0; color: var(--soft); font-size: 13px; font-weight: 620; }
.sliders legend + * { clear: both; }
.subtitle { font-size: 15px; font-weight: 620; line-height: 1.3; letter-spacing: 0; }
.sides { display: grid; grid-template-columns: 1fr 1fr; gap: 10px; width: 100%; }
.side { display: grid; gap: 8px; align-content: start; min-width: 0; padding: 10px; border: 1.5px dashed var(--strong-line); border-radius: var(--radius); }
.side.over { border-color: var(--accent); background: var(--accent-wash); }
.side .button { padding-inline: 8px; font-size: 14px; text-align: center; }
.examples { display: grid; grid-template-columns: repeat(auto-fill, minmax(48px, 1fr)); gap: 6px; max-height: 264px; overflow-y: auto; }
.examples:empty { display: none; }
.example-place { position: relative; }
.example { display: block; width: 100%; min-height: 44px; padding: 0; border: 0; border-radius: 10px; overflow: hidden; background: var(--sunken); cursor: pointer; }
.example canvas { display: block; width: 100%; aspect-ratio: 1; }
.example:hover { box-shadow: 0 0 0 2px var(--accent); }
.remove { position: absolute; inset-block-start: 0; inset-inline-end: 0; display: grid; place-items: center; width: 24px; height: 24px; padding: 0; border: 0; border-radius: 0 10px 0 10px; background: #14100cb8; color: #fff; cursor: pointer; opacity: 0; }
.example-place:hover .remove { opacity: 1; }
.remove .icon { width: 12px; height: 12px; }
@media (hover: none) { .remove { opacity: 1; } }
.named { display: flex; flex-wrap: wrap; align-items: center; gap: 8px; width: 100%; }
.named label { font-weight: 560; font-size: 15px; }
.entry { flex: 1 1 120px; min-width: 0; min-height: 44px; padding: 0 12px; border: 1px solid var(--strong-line); border-radius: 12px; background: var(--surface); color: var(--ink); font: inherit; }
.taught { display: grid; width: 100%; margin: 0; padding: 0; list-style: none; }
.taught:empty, .teach > [role=status]:empty { display: none; }
.taught li { display: flex; flex-wrap: wrap; align-items: center; border-top: 1px solid var(--line); }
.taught-name { flex: 1 1 160px; font-weight: 560; overflow-wrap: anywhere; }
.inside summary { min-height: 44px; display: flex; align-items: center; color: var(--accent); font-weight: 560; cursor: pointer; border-radius: 8px; }
.inside-parts { display: grid; gap: 8px; }
.inside-parts > .subtitle:not(:first-child), .noisy { margin-block-start: 12px; }
.bars { width: 100%; height: 120px; border-radius: 10px; background: var(--sunken); color: var(--strong-line); accent-color: var(--accent); image-rendering: pixelated; }
.noisy { display: flex; gap: 14px; align-items: start; }
.noise { flex: none; width: 128px; aspect-ratio: 1; border-radius: 10px; image-rendering: pixelated; }
.denoised { display: grid; grid-template-columns: repeat(auto-fill, minmax(56px, 1fr)); gap: 6px; }
.denoised canvas { width: 100%; border-radius: 8px; }
.gallery { display: grid; grid-template-columns: repeat(3, 1fr); gap: 8px; width: 100%; max-width: 400px; }
.gallery:empty { display: none; }
.gallery.busy { opacity: 0.55; transition: opacity 200ms; }
.tile { display: block; padding: 0; border: 0; border-radius: 14px; overflow: hidden; background: var(--sunken); }
button.tile { cursor: pointer; }
button.tile:hover { box-shadow: 0 0 0 3px var(--accent); }
.tile.small { width: 72px; flex: none; }
.filming { display: grid; grid-template-columns: minmax(0, 1fr); gap: 8px; margin-block: 8px 4px; }
.filming .joined { min-width: 0; }
.filming .joined .button { flex: none; }
.filming .joined select { flex: 0 1 210px; min-width: 0; }
.film { display: flex; gap: 6px; width: 100%; padding: 3px; margin: -3px; overflow-x: auto; scrollbar-width: thin; }
.film .frame { flex: 1 0 64px; max-width: 96px; display: grid; gap: 2px; justify-items: center; padding: 0 0 2px; border: 0; border-radius: 12px; background: none; color: var(--soft); font: inherit; font-size: 13px; font-variant-numeric: tabular-nums; cursor: pointer; }
.film .tile { width: 100%; height: auto; aspect-ratio: 1; object-fit: cover; border-radius: 12px; }
.film .frame:disabled { cursor: default; }
.film .frame:enabled:hover .tile { box-shadow: 0 0 0 2px var(--accent); }
.film .frame[aria-pressed=true] { color: var(--ink); font-weight: 620; }
.film .frame[aria-pressed=true] .tile { box-shadow: 0 0 0 3px var(--accent); }
.film .frame:focus-visible { outline-offset: -1px; }
.film.stale .tile { opacity: 0.5; }
.blend { display: flex; gap: 14px; align-items: center; width: 100%; }

@container (max-width: 519px) {
  .row { grid-template-columns: minmax(0, 1fr) auto 44px; }
  .row input { order: 4; grid-column: 1 / -1; margin-top: -10px; }
  .row .clear { width: 44px; }
  .edit-view { gap: 10px; }
  .edit-view > .left { display: contents; }
  .edit-view .compare { position: sticky; inset-block-start: 0; z-index: 3; margin: -8px -16px 0; padding: 8px 16px; background: var(--paper); }
  .edit-view .compare .pictures { gap: 8px; --tall: 44vh; }
  .below .toolbar { gap: 0 12px; }
  .looking { gap: 8px; }
  .hold { padding-inline: 8px; font-size: 15px; }
  .hold .icon { display: none; }
  .below .actions .button { flex: 1 1 auto; }
  .presets { flex-wrap: nowrap; overflow-x: auto; margin-inline: -16px; padding: 3px 16px; scrollbar-width: none; }
  .preset { flex: none; }
}
@container (min-width: 520px) and (max-width: 859px) {
  .stage { max-width: 480px; }
}
@container (min-width: 860px) {
  .start { grid-template-columns: minmax(0, 1.12fr) minmax(0, 0.88fr); column-gap: 64px; }
  .start.second { grid-template-columns: minmax(0, 640px); justify-content: center; }
  .two { grid-template-columns: minmax(0, 1fr) 400px; column-gap: 44px; }
  .frame-view, .work-view, .find-view, .camera-view { grid-template-columns: minmax(0, 560px) minmax(0, 400px); justify-content: center; align-items: center; }
  .edit-view { grid-template-rows: auto 1fr; }
  .edit-view > .left { grid-area: 1 / 1; }
  .edit-view > .right { grid-area: 1 / 2 / 3; }
  .edit-view > .below { grid-area: 2 / 1; align-self: start; }
}
`;
