// The dialog for models of one's own.

export const own = `
.models { display: flex; flex-wrap: wrap; gap: 4px 10px; align-items: center; flex: 0 1 auto; min-width: 0; }
.models .own-button { font-size: 14px; padding-inline: 12px; }
.own { width: min(640px, calc(100vw - 24px)); max-width: none; max-height: min(860px, calc(100dvh - 24px)); margin: auto; padding: 0; border: 0; border-radius: 20px; background: var(--paper); color: var(--ink); box-shadow: var(--shadow); overflow: auto; overscroll-behavior: contain; }
.own::backdrop { background: #14100c99; }
.own-head { display: flex; justify-content: space-between; align-items: center; gap: 12px; padding: 20px 20px 0 24px; }
.own-head h2 { font-size: 22px; }
.own-head .button { padding-inline: 12px; }
.own-body { display: grid; grid-template-columns: minmax(0, 1fr); gap: 18px; padding: 14px 24px 24px; }
.own-body > :focus { outline: none; }
.own .drop { padding: 22px 16px; }
.own .drop .actions { justify-content: center; }
.own .drop.dragging { border-color: var(--accent); background: var(--accent-wash); }
.own-field { display: grid; gap: 6px; }
.own-field label { font-weight: 560; }
.own-field input, .own-field select { min-height: 44px; min-width: 0; width: 100%; padding: 8px 12px; border: 1px solid var(--strong-line); border-radius: 12px; background: var(--surface); color: var(--ink); font: inherit; }
.own-line { display: flex; flex-wrap: wrap; gap: 8px; }
.own-line input { flex: 1 1 220px; width: auto; }
.own-kept { display: grid; gap: 4px; margin: 0; padding: 0; list-style: none; }
.own-kept li { display: flex; flex-wrap: wrap; justify-content: space-between; align-items: center; gap: 0 12px; border-block-start: 1px solid var(--line); }
.own-kept .button { margin-inline: auto -16px; }
.own-kept span { overflow-wrap: anywhere; min-width: 0; }
.own h3 { margin: 0 0 6px; font-size: 16px; font-weight: 620; }
.own-name { font-size: 20px; font-weight: 640; overflow-wrap: anywhere; }
.own-facts { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: 8px 18px; margin: 0; font-size: 15px; }
.own-facts dt { color: var(--soft); }
.own-facts dd { margin: 0; overflow-wrap: anywhere; }
.own-trouble { padding: 12px 16px; border: 1px solid var(--trouble); border-radius: var(--radius); background: var(--trouble-wash); color: var(--trouble); font-weight: 520; overflow-wrap: anywhere; }
@media (max-width: 460px) {
  .own-head { padding: 16px 12px 0 16px; }
  .own-body { padding: 12px 16px 20px; }
  .own-facts { grid-template-columns: minmax(0, 1fr); gap: 2px; }
  .own-facts dd { margin-block-end: 8px; }
}
`;
